using Countersign.Core.Numbers;
using CsCheck;
using PhoneNumbers;
using PhoneNumber = Countersign.Core.Numbers.PhoneNumber;

namespace Countersign.Core.Tests.Numbers;

public sealed class NumberPropertyTests
{
    static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();

    [Fact]
    public void What_is_accepted_is_what_libphonenumber_holds_valid_and_calls_the_same()
    {
        Some.Canonical.Sample(
            text =>
            {
                var expected = LibraryRegion(text);

                var accepted = PhoneNumber.TryParse(text, out var number, out _);

                if (number is { IsFictional: true })
                    return;
                Assert.Equal(expected is not null, accepted);
                Assert.Equal(expected, number?.Country);
                if (number is not null)
                    Assert.Equal(Library.GetNumberType(Library.Parse(text, null)).ToString().Replace("_", ""), number.Type.ToString(), ignoreCase: true);
            },
            iter: 20_000);
    }

    [Fact]
    public void What_a_number_reveals_parses_to_it()
    {
        Some.Valid.Sample(number => Assert.Equal(number, Some.Number(number.Reveal())), iter: 2_000);
    }

    [Fact]
    public void Punctuation_never_makes_another_number()
    {
        var punctuation = Gen.OneOf("", " ", "-", ".", "\u00A0", "\u2011", " - ", "\u200E").Array[20];
        Gen.Select(Some.Valid, punctuation).Sample(
            (number, between) =>
            {
                var text = string.Concat(number.Reveal().Select((c, i) => c + between[i]));

                Assert.Equal(number, Some.Number(text));
            },
            iter: 2_000);
    }

    [Fact]
    public void The_formats_that_libraries_print_parse_to_the_same_number()
    {
        Some.Valid.Sample(
            number =>
            {
                var parsed = Library.Parse(number.Reveal(), null);
                var text = Library.Format(parsed, PhoneNumberFormat.INTERNATIONAL);

                // A few plans group with characters beyond punctuation; those are refused, never misread.
                if (PhoneNumber.TryParse(text, out var again, out _))
                    Assert.Equal(number, again);
                else
                    Assert.Contains(text, c => c is '/' or '~');
            },
            iter: 2_000);
    }

    [Fact]
    public void A_number_without_plus_is_never_corrected_to_another_number_than_itself()
    {
        Some.Valid.Where(number => number.Reveal()[1] != '0').Sample(
            number =>
            {
                var suggestion = Some.Problem(number.Reveal()[1..]).Suggestion;

                Assert.True(suggestion is null || suggestion == number.Reveal());
            },
            iter: 500);
    }

    [Fact]
    public void Every_suggestion_is_a_number_itself()
    {
        var slips = Gen.Select(Gen.OneOf("", "0", "00", "011", "+0", "+00", "+011", "tel:", " "), Some.Canonical, (prefix, text) => prefix + text.TrimStart('+'));
        Gen.Frequency((2, slips), (1, Some.Canonical)).Sample(
            text =>
            {
                if (!PhoneNumber.TryParse(text, out _, out var problem) && problem.Suggestion is { } suggestion)
                    Assert.Equal(suggestion, Some.Number(suggestion).Reveal());
            },
            iter: 1_000);
    }

    [Fact]
    public void The_mask_never_shows_three_digits_of_the_national_number()
    {
        Some.Valid.Sample(
            number =>
            {
                var masked = number.ToString();
                var shown = masked[$"+{number.CallingCode}".Length..].Count(char.IsAsciiDigit);

                Assert.Equal(number.Reveal().Length, masked.Length);
                Assert.True(shown <= 2 && (shown == 0 || number.NationalNumber.Length >= 7));
            },
            iter: 2_000);
    }

    [Fact]
    public void No_text_whatever_throws()
    {
        var phoneLike = Gen.OneOf('+', '0', '1', '4', '9', ' ', '-', '(', ')', '.', '\0', '\uD800', '\uDC00', '\u0663', '\uFF0B', 'x', '#', ';', '\n');
        var text = Gen.OneOf(phoneLike.Array[0, 80], Gen.Char.Array[0, 80]).Select(chars => new string(chars));
        text.Sample(
            garbage =>
            {
                if (PhoneNumber.TryParse(garbage, out var number, out var problem))
                    Assert.Equal(number, Some.Number(number.Reveal()));
                else
                    Assert.NotEmpty(problem.Explanation);
                Assert.True(!IpAddress.TryParse(garbage, out var address) || IpAddress.TryParse(address.Reveal(), out _));
            },
            iter: 50_000);
    }

    [Theory]
    [InlineData('1')]
    [InlineData('+')]
    [InlineData(' ')]
    [InlineData('\0')]
    public void A_megabyte_is_refused_unread(char filler)
    {
        var text = new string(filler, 1 << 20);

        Assert.False(PhoneNumber.TryParse(text, out _, out _));
        Assert.False(PhoneNumber.TryParse("+1415555" + text, out _, out _));
        Assert.False(IpAddress.TryParse(text, out _));
    }

    /// <summary>The region of a number that libphonenumber finds valid and would write just so; E.164 allows 15 digits, its metadata sometimes more.</summary>
    static string? LibraryRegion(string text)
    {
        try
        {
            var number = Library.Parse(text, null);
            if (text.Length > 16 || !Library.IsValidNumber(number) || Library.Format(number, PhoneNumberFormat.E164) != text)
                return null;
            var region = Library.GetRegionCodeForNumber(number);
            return region == "001" ? "ZZ" : region;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
