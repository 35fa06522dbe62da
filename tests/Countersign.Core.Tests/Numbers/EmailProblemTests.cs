using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Numbers;

public sealed class EmailProblemTests
{
    static readonly string Label63 = new('d', 63);

    public static TheoryData<string?, string> Refusals => new()
    {
        { null, "missing" },
        { "", "missing" },
        { " \t\r\n", "missing" },
        { new string('a', 310) + "@example.com", "too_long_text" },
        { "jo.example.com", "no_at_sign" },
        { "+14155550123", "no_at_sign" },
        { "jo@smith@example.com", "several_at_signs" },
        { "jo@example.com, ann@example.com", "several_at_signs" },
        { "jo smith@example.com", "invalid_characters" },
        { "Jo <jo@example.com>", "invalid_characters" },
        { "jo(work)@example.com", "invalid_characters" },
        { "jo,smith@example.com", "invalid_characters" },
        { "jo\0@example.com", "invalid_characters" },
        { "jo\r\nBcc: x@example.com", "invalid_characters" },
        { "jo\u200B@example.com", "invalid_characters" },
        { "jo\u00A0@example.com", "invalid_characters" },
        { "mailto:jo@example.com", "invalid_characters" },
        { "\"jo smith\"@example.com", "quoted_local_part" },
        { "\"jo@smith\"@example.com", "quoted_local_part" },
        { "jörg@example.com", "international_local_part" },
        { "用户@example.com", "international_local_part" },
        { "😀@example.com", "international_local_part" },
        { "\uD800@example.com", "international_local_part" },
        { "@example.com", "misplaced_dot" },
        { ".jo@example.com", "misplaced_dot" },
        { "jo.@example.com", "misplaced_dot" },
        { "jo..smith@example.com", "misplaced_dot" },
        { new string('a', 65) + "@example.com", "local_part_too_long" },
        { "jo@[192.0.2.1]", "address_literal" },
        { "jo@[IPv6:2001:db8::1]", "address_literal" },
        { "jo@", "invalid_domain" },
        { "jo@example.com.", "invalid_domain" },
        { "jo@.example.com", "invalid_domain" },
        { "jo@example..com", "invalid_domain" },
        { "jo@-example.com", "invalid_domain" },
        { "jo@example-.com", "invalid_domain" },
        { "jo@exa_mple.com", "invalid_domain" },
        { "jo@exa mple.com", "invalid_domain" },
        { "jo@example.com>", "invalid_domain" },
        { "jo@example.com:25", "invalid_domain" },
        { "jo@" + Label63 + "d.com", "invalid_domain" },
        { "jo@😀.example", "invalid_domain" },
        { "jo@mu\u0308nchen.example", "invalid_domain" },
        { "jo@exam\u200Dple.com", "invalid_domain" },
        { "jo@xn--zzzzzzzzz.example", "invalid_domain" },
        { "jo@xn--mnchen-psa.example", "invalid_domain" },
        { "jo@\uD800.example", "invalid_domain" },
        { "jo@" + new string('ü', 63) + ".example", "invalid_domain" },
        { "jo@localhost", "no_top_level_domain" },
        { "jo@192.0.2.1", "no_top_level_domain" },
        { $"{new string('a', 64)}@{Label63}.{Label63}.{new string('d', 58)}.com", "too_long" },
        { $"jo@{Label63}.{Label63}.{Label63}.{new string('d', 60)}.com", "too_long" },
        { "jo@gmial.com", "misspelt_domain" },
        { "jo@GMAIL.CON", "misspelt_domain" },
        { "jo@smith.con", "misspelt_domain" },
        { "jo@gmail.co", "misspelt_domain" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Each_refusal_has_its_reason(string? text, string reason)
    {
        Assert.Equal(reason, Problem(text).ReasonName);
    }

    [Fact]
    public void The_longest_address_is_accepted()
    {
        var text = $"{new string('a', 64)}@{Label63}.{Label63}.{new string('d', 57)}.com";

        Assert.Equal(254, text.Length);
        Assert.True(EmailAddress.TryParse(text, out _, out _));
    }

    [Theory]
    [InlineData("jo@gmial.com", "jo@gmail.com")]
    [InlineData("Jo@gmail.con", "Jo@gmail.com")]
    [InlineData("jo@gmial.con", "jo@gmail.com")]
    [InlineData("jo@smith.con", "jo@smith.com")]
    [InlineData("jo@hotmial.com", "jo@hotmail.com")]
    [InlineData("jo@example.com.", "jo@example.com")]
    [InlineData("jo@example..com", "jo@example.com")]
    [InlineData("jo@example,com", "jo@example.com")]
    [InlineData("jo @ example . com", "jo@example.com")]
    [InlineData("jo. smith@exam ple.com", "jo.smith@example.com")]
    [InlineData("jo\u200B@example.com\u200E", "jo@example.com")]
    [InlineData("mailto:jo@example.com?subject=Hi", "jo@example.com")]
    [InlineData("Jo Smith <jo@example.com>", "jo@example.com")]
    [InlineData("<mailto:jo@gmial.com>;", "jo@gmail.com")]
    [InlineData("(jo@example.com)", "jo@example.com")]
    [InlineData("jo@example.com,", "jo@example.com")]
    public void A_slip_with_one_plausible_correction_is_corrected(string text, string suggestion)
    {
        Assert.Equal(suggestion, Problem(text).Suggestion);
    }

    [Theory]
    [InlineData("jo smith@example.com")]
    [InlineData("jo@example.com, ann@example.com")]
    [InlineData("jo@smith@example.com")]
    [InlineData("jörg@example.com")]
    [InlineData("\"jo smith\"@example.com")]
    [InlineData("jo@localhost")]
    [InlineData("jo..smith@example.com")]
    [InlineData("jo.example.com")]
    [InlineData("mailto:@")]
    public void Where_several_addresses_could_be_meant_nothing_is_suggested(string text)
    {
        Assert.Null(Problem(text).Suggestion);
    }

    [Theory]
    [InlineData("jo@ymail.com")]
    [InlineData("jo@mail.com")]
    [InlineData("jo@gmx.com")]
    [InlineData("jo@hotmail.co.uk")]
    [InlineData("jo@yahoo.co.jp")]
    [InlineData("jo@company.co")]
    [InlineData("jo@company.cm")]
    public void A_mail_service_that_looks_like_another_is_accepted(string text)
    {
        Assert.True(EmailAddress.TryParse(text, out _, out _));
    }

    [Fact]
    public void Every_reason_has_a_name_and_one_sentence_without_an_address()
    {
        foreach (var reason in Enum.GetValues<EmailProblemReason>())
        {
            var problem = new EmailProblem(reason, "somebody@example.com");

            Assert.Matches("^[a-z]+(_[a-z]+)*$", problem.ReasonName);
            Assert.Matches(@"^[A-Z][^!?]+[a-z0-9)]\.$", problem.Explanation);
            Assert.DoesNotContain("somebody", problem.Explanation);
        }
    }

    [Fact]
    public void A_problem_prints_without_the_suggested_address()
    {
        Assert.Equal("misspelt_domain (with a suggestion)", Problem("jo@gmial.com").ToString());
    }

    static EmailProblem Problem(string? text)
    {
        Assert.False(EmailAddress.TryParse(text, out var address, out var problem), "accepted");
        Assert.Null(address);
        return problem;
    }
}
