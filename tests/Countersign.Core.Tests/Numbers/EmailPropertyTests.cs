using System.Net.Mail;
using Countersign.Core.Numbers;
using CsCheck;

namespace Countersign.Core.Tests.Numbers;

public sealed class EmailPropertyTests
{
    const string Atom = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~";

    static readonly Gen<string> Local =
        Gen.OneOf(Atom.ToCharArray()).Array[1, 15].Select(chars => new string(chars)).Array[1, 4].Select(atoms => string.Join('.', atoms));

    static readonly Gen<string> Label = Gen.Frequency(
        (4, Gen.OneOf("abcXYZ019".ToCharArray()).Array[1, 12].Select(chars => new string(chars))),
        (1, Gen.OneOf("aüßñé0", "жяё", "日本かカ", "عربي", "กขค").SelectMany(script => Gen.OneOf(script.ToCharArray()).Array[1, 12]).Select(chars => new string(chars))));

    static readonly Gen<string> Valid = Gen.Select(
        Local, Label.Array[1, 3], Gen.OneOf("com", "ORG", "uk", "рф"), (local, labels, top) => $"{local}@{string.Join('.', labels)}.{top}");

    static readonly Gen<string> Garbage = Gen.OneOf(
        Gen.OneOf('@', '.', 'a', 'Z', '1', '-', '+', '"', '<', '>', '[', ']', '(', ' ', ',', '\0', '\r', '\n', 'ü', '\u0308', '\u200B', '\uD800', '\uDC00', '。', 'x', 'n').Array[0, 40],
        Gen.Char.Array[0, 80]).Select(chars => new string(chars));

    static readonly Gen<string> NearValid = Gen.Select(Valid, Gen.Int[0, 80], Garbage, (text, at, garbage) => text.Insert(Math.Min(at, text.Length), garbage[..Math.Min(2, garbage.Length)]));

    [Fact]
    public void Every_ordinary_address_is_accepted_and_what_it_reveals_parses_to_itself()
    {
        Valid.Sample(
            text =>
            {
                var address = Accepted(text);

                Assert.Equal(address.Reveal(), Accepted(address.Reveal()).Reveal());
                Assert.Equal(address.Reveal(), EmailAddress.Restore(address.Reveal()).Reveal());
                Assert.Equal(address, Accepted(text.ToUpperInvariant()));
            },
            iter: 5_000);
    }

    [Fact]
    public void No_text_whatever_throws_and_what_is_accepted_is_safe_in_a_command_and_a_header()
    {
        Gen.OneOf(Garbage, NearValid).Sample(
            text =>
            {
                if (EmailAddress.TryParse(text, out var address, out var problem))
                {
                    Assert.Matches(@"\A[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[a-z0-9.-]{3,253}\z", address.Reveal());
                    Assert.True(MailAddress.TryCreate(address.Reveal(), out _));
                }
                else
                {
                    Assert.NotEmpty(problem.Explanation);
                    Assert.True(problem.Suggestion is null || Accepted(problem.Suggestion).Reveal() == problem.Suggestion);
                }
            },
            iter: 50_000);
    }

    [Fact]
    public void The_mask_never_holds_more_of_the_local_part_than_its_first_character()
    {
        Valid.Sample(
            text =>
            {
                var address = Accepted(text);
                var plain = address.Reveal();

                var parts = address.ToString().Split('@');

                Assert.Equal(2, parts.Length);
                Assert.True(parts[0] == "•••" || (parts[0] == $"{plain[0]}•••" && plain.IndexOf('@') > 2), parts[0]);
                Assert.Matches(@"\A[a-z0-9]?•••\.[a-z0-9-]+\z", parts[1]);
            },
            iter: 2_000);
    }

    [Theory]
    [InlineData('a')]
    [InlineData('@')]
    [InlineData('.')]
    [InlineData(' ')]
    public void A_megabyte_is_refused_unread(char filler)
    {
        Assert.False(EmailAddress.TryParse(new string(filler, 1 << 20), out _, out var problem));
        Assert.Null(problem.Suggestion);
        Assert.False(EmailAddress.TryParse("jo@example.com" + new string(filler, 1 << 20), out _, out _));
    }

    static EmailAddress Accepted(string text)
    {
        Assert.True(EmailAddress.TryParse(text, out var address, out var problem), problem?.ReasonName);
        return address;
    }
}
