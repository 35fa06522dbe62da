using Countersign.Core.Codes;

namespace Countersign.Core.Tests.Codes;

public sealed class OneTimeCodeTests
{
    [Fact]
    public void It_prints_as_dots_however_it_is_printed()
    {
        var code = new OneTimeCode("493817");

        Assert.All([code.ToString(), $"{code}", string.Format(null, "{0,10}", code), new { code }.ToString()!],
            text => Assert.DoesNotContain("4", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("493817", true)]
    [InlineData("493818", false)]
    [InlineData("593817", false)]
    [InlineData("49381", false)]
    [InlineData("4938170", false)]
    [InlineData("", false)]
    [InlineData("٤٩٣٨١٧", false)]
    public void Only_the_code_itself_matches(string typed, bool expected)
    {
        Assert.Equal(expected, new OneTimeCode("493817").Matches(typed));
    }
}
