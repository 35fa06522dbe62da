using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Numbers;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("+14155550123")]
    [InlineData("+1 (415) 555-0123")]
    [InlineData("+1.415.555.0123")]
    [InlineData("  +1 415 555 0123\r\n")]
    [InlineData("(+1) 415 555 0123")]
    [InlineData("+1\u00A0415\u2009555\u20110123")]
    [InlineData("\uFF0B\uFF11 \uFF08\uFF14\uFF11\uFF15\uFF09 \uFF15\uFF15\uFF15\uFF0D\uFF10\uFF11\uFF12\uFF13")]
    [InlineData("+\u0661 \u0664\u0661\u0665 \u0665\u0665\u0665 \u0660\u0661\u0662\u0663")]
    [InlineData("\u202A+1 415 555 0123\u202C")]
    public void However_it_is_written_it_is_one_number(string text)
    {
        var number = Some.Number(text);

        Assert.Equal("+14155550123", number.Reveal());
        Assert.Equal(Some.Number("+14155550123"), number);
        Assert.Equal(Some.Number("+14155550123").GetHashCode(), number.GetHashCode());
    }

    [Theory]
    [InlineData("+44 (0)7700 900123", "+447700900123")]
    [InlineData("+44(0)7700900123", "+447700900123")]
    [InlineData("+33 (0)6 39 98 01 23", "+33639980123")]
    [InlineData("+46 (0)8 465 004 00", "+46846500400")]
    public void A_bracketed_zero_is_not_part_of_the_number(string text, string expected)
    {
        Assert.Equal(expected, Some.Number(text).Reveal());
    }

    [Fact]
    public void Italians_keep_their_zero_even_in_brackets()
    {
        Assert.Equal("+390212345678", Some.Number("+39 (0)2 12345678").Reveal());
        Assert.Equal("0212345678", Some.Number("+390212345678").NationalNumber);
    }

    [Fact]
    public void A_bracketed_zero_that_can_be_read_both_ways_is_refused()
    {
        Assert.NotEqual(Some.Number("+39800123456"), Some.Number("+390800123456"));

        var problem = Some.Problem("+39 (0)800 123456");

        Assert.Equal(NumberProblemReason.NationalPrefix, problem.Reason);
        Assert.Null(problem.Suggestion);
    }

    [Theory]
    [InlineData("+14155550123", "US", 1, "4155550123")]
    [InlineData("+14165550123", "CA", 1, "4165550123")]
    [InlineData("+12425550123", "BS", 1, "2425550123")]
    [InlineData("+447700900123", "GB", 44, "7700900123")]
    [InlineData("+33639980123", "FR", 33, "639980123")]
    [InlineData("+80012345678", "ZZ", 800, "12345678")]
    [InlineData("+881612345678", "ZZ", 881, "612345678")]
    [InlineData("+883510000000094", "ZZ", 883, "510000000094")]
    public void A_number_knows_its_country_and_its_parts(string text, string country, int callingCode, string national)
    {
        var number = Some.Number(text);

        Assert.Equal(country, number.Country);
        Assert.Equal(callingCode, number.CallingCode);
        Assert.Equal(national, number.NationalNumber);
    }

    [Theory]
    [InlineData("+14155550123", LineType.FixedLineOrMobile)]
    [InlineData("+19075550123", LineType.FixedLineOrMobile)]
    [InlineData("+12905550123", LineType.FixedLineOrMobile)]
    [InlineData("+447700900123", LineType.Mobile)]
    [InlineData("+33639980123", LineType.Mobile)]
    [InlineData("+390212345678", LineType.FixedLine)]
    [InlineData("+80012345678", LineType.TollFree)]
    [InlineData("+883510000000094", LineType.Voip)]
    public void A_number_knows_its_kind_of_line(string text, LineType type)
    {
        Assert.Equal(type, Some.Number(text).Type);
    }

    [Theory]
    [InlineData("+15017122661")]
    [InlineData("+14155552671")]
    [InlineData("+15005550006")]
    public void Numbers_from_Twilios_examples_are_real(string text)
    {
        var number = Some.Number(text);

        Assert.Equal("US", number.Country);
        Assert.False(number.IsFictional);
    }

    [Theory]
    [InlineData("+14155550123", "+1********23")]
    [InlineData("+447700900123", "+44********23")]
    [InlineData("+33639980123", "+33*******23")]
    [InlineData("+80012345678", "+800******78")]
    [InlineData("+24740123", "+247*****")]
    [InlineData("+290 22158", "+290*****")]
    public void The_mask_shows_the_calling_code_and_two_digits_at_most(string text, string masked)
    {
        Assert.Equal(masked, Some.Number(text).ToString());
    }

    [Fact]
    public void Different_numbers_differ()
    {
        Assert.True(Some.Number("+14155550123") == Some.Number("+1 415 555 0123"));
        Assert.True(Some.Number("+14155550123") != Some.Number("+14155550124"));
        Assert.False(Some.Number("+14155550123").Equals(null));
    }

    [Fact]
    public void Warming_up_is_harmless_at_any_time()
    {
        PhoneNumber.WarmUp();
        PhoneNumber.WarmUp();

        Assert.Equal("US", Some.Number("+14155550123").Country);
    }
}
