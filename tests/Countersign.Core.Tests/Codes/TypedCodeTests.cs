using Countersign.Core.Codes;

namespace Countersign.Core.Tests.Codes;

public sealed class TypedCodeTests
{
    [Theory]
    [InlineData("123456", "123456")]
    [InlineData("123 456", "123456")]
    [InlineData(" 123-456\n", "123456")]
    [InlineData("123\u00A0456", "123456")]
    [InlineData("12\u201334\u201056", "123456")]
    [InlineData("\u0661\u0662\u0663\u0664\u0665\u0666", "123456")]
    [InlineData("\u06F1\u06F2\u06F3\u06F4\u06F5\u06F6", "123456")]
    [InlineData("\u0967\u0968\u0969\u096A\u096B\u096C", "123456")]
    [InlineData("\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16", "123456")]
    [InlineData("ab-12", "ab12")]
    [InlineData("", "")]
    [InlineData(" - ", "")]
    public void A_code_is_read_as_people_type_it(string typed, string meant) => Assert.Equal(meant, TypedCode.Plain(typed));

    [Fact]
    public void What_is_too_tooLongfor_a_code_stays_what_it_is()
    {
        var tooLong = new string(' ', 65) + "1";

        Assert.Same(tooLong, TypedCode.Plain(tooLong));
    }

    [Theory]
    [InlineData("½²³456")]
    [InlineData("①②③456")]
    public void What_is_no_decimal_digit_does_not_become_one(string typed) => Assert.Equal(typed, TypedCode.Plain(typed));
}
