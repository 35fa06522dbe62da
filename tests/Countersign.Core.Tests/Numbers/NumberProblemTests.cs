using System.Text.RegularExpressions;
using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Numbers;

public sealed class NumberProblemTests
{
    [Theory]
    [InlineData(null, "missing")]
    [InlineData("", "missing")]
    [InlineData(" \t\n", "missing")]
    [InlineData("+", "missing")]
    [InlineData("+ ( ) -", "missing")]
    [InlineData("+1 415 555 0123                                                  ", "too_long_text")]
    [InlineData("4155550123", "not_international")]
    [InlineData("(415) 555-0123", "not_international")]
    [InlineData("07700 900123", "not_international")]
    [InlineData("0046701740605", "not_international")]
    [InlineData("+1415555O123", "invalid_characters")]
    [InlineData("+1 800 FLOWERS", "invalid_characters")]
    [InlineData("++14155550123", "invalid_characters")]
    [InlineData("+1415+5550123", "invalid_characters")]
    [InlineData("+14155550123\0", "invalid_characters")]
    [InlineData("+1415555\t0123", "invalid_characters")]
    [InlineData("tel:+14155550123", "invalid_characters")]
    [InlineData("+14155550123/24", "invalid_characters")]
    [InlineData("\uD835\uDFCF4155550123", "invalid_characters")]
    [InlineData("somebody@example.com", "invalid_characters")]
    [InlineData("+14155550123 ext. 4", "has_extension")]
    [InlineData("+14155550123x4", "has_extension")]
    [InlineData("+14155550123;ext=4", "has_extension")]
    [InlineData("+14155550123#4", "has_extension")]
    [InlineData("+14155550123,,4", "has_extension")]
    [InlineData("+04155550123", "unknown_calling_code")]
    [InlineData("+99912345678", "unknown_calling_code")]
    [InlineData("+21012345678", "unknown_calling_code")]
    [InlineData("+4407700900123", "national_prefix")]
    [InlineData("+330639980123", "national_prefix")]
    [InlineData("+1", "too_short")]
    [InlineData("+1415555012", "too_short")]
    [InlineData("+90533333810", "too_short")]
    [InlineData("+141555501234", "too_long")]
    [InlineData("+49301234567890123", "too_long")]
    [InlineData("+11235550123", "not_assigned")]
    [InlineData("+447700901000", "not_assigned")]
    public void Each_refusal_has_its_reason(string? text, string reason)
    {
        Assert.Equal(reason, Some.Problem(text).ReasonName);
    }

    [Theory]
    [InlineData("14155550123", "+14155550123")]
    [InlineData("1 (415) 555-0123", "+14155550123")]
    [InlineData("447700900123", "+447700900123")]
    [InlineData(" 15017122661", "+15017122661")]
    [InlineData("0046701740605", "+46701740605")]
    [InlineData("0046 (0)70 174 06 05", "+46701740605")]
    [InlineData("00447700900123", "+447700900123")]
    [InlineData("011 44 7700 900123", "+447700900123")]
    [InlineData("+0014155550123", "+14155550123")]
    [InlineData("+011447700900123", "+447700900123")]
    [InlineData("+4407700900123", "+447700900123")]
    [InlineData("+330639980123", "+33639980123")]
    [InlineData("+114155550123", "+14155550123")]
    [InlineData("+5215512345678", "+525512345678")]
    [InlineData("tel:+1-415-555-0123", "+14155550123")]
    [InlineData("whatsapp:+14155550123", "+14155550123")]
    public void A_slip_with_one_plausible_correction_is_corrected(string text, string suggestion)
    {
        Assert.Equal(suggestion, Some.Problem(text).Suggestion);
        Assert.Equal(suggestion, Some.Number(suggestion).Reveal());
    }

    [Theory]
    [InlineData("(415) 555-0123")]
    [InlineData("4155550123")]
    [InlineData("07700 900123")]
    [InlineData("15017122661")]
    [InlineData("84951234567")]
    [InlineData("6591234567")]
    [InlineData("+14155550123 ext. 4")]
    [InlineData("tel:4155550123")]
    [InlineData("+0447700900123")]
    [InlineData("+014155550123")]
    [InlineData("+1 800 FLOWERS")]
    [InlineData("+90533333810")]
    public void Where_several_countries_could_be_meant_nothing_is_suggested(string text)
    {
        Assert.Null(Some.Problem(text).Suggestion);
    }

    [Theory]
    [InlineData("(415) 555-0123", "US", "+14155550123")]
    [InlineData("07700 900123", "gb", "+447700900123")]
    [InlineData("06 39 98 01 23", "FR", "+33639980123")]
    [InlineData("+07700900123", "GB", "+447700900123")]
    [InlineData("011 44 7700 900123", "US", "+447700900123")]
    [InlineData("15017122661", "US", "+15017122661")]
    [InlineData("14155550123", "GB", "+14155550123")]
    [InlineData("0046701740605", "no such region", "+46701740605")]
    public void A_default_region_helps_to_suggest_but_never_to_accept(string text, string region, string suggestion)
    {
        Assert.Equal(suggestion, Some.Problem(text, region).Suggestion);
    }

    [Fact]
    public void Every_reason_has_a_name_and_one_sentence_without_the_number()
    {
        foreach (var reason in Enum.GetValues<NumberProblemReason>())
        {
            var problem = new NumberProblem(reason, "+14155550123");

            Assert.Matches("^[a-z]+(_[a-z]+)*$", problem.ReasonName);
            Assert.Matches(@"^[A-Z][^!?]+[a-z0-9)]\.$", problem.Explanation);
            Assert.DoesNotMatch(@"\d{3}", problem.Explanation);
        }
    }

    [Fact]
    public void A_problem_prints_without_the_suggested_number()
    {
        var printed = Some.Problem("14155550123").ToString();

        Assert.False(Regex.IsMatch(printed, @"\d"), printed);
    }
}
