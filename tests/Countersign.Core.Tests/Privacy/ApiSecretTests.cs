using Countersign.Core.Privacy;

namespace Countersign.Core.Tests.Privacy;

public sealed class ApiSecretTests
{
    [Fact]
    public void A_new_secret_is_128_bits_in_lower_case_hex()
    {
        var secret = ApiSecret.New(new ReplayedRandom()).Reveal();

        Assert.Matches("^[0-9a-f]{32}$", secret);
    }

    [Fact]
    public void Two_new_secrets_differ()
    {
        var random = new ReplayedRandom();

        Assert.NotEqual(ApiSecret.New(random).Reveal(), ApiSecret.New(random).Reveal());
    }

    [Theory]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e", true)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427f", false)]
    [InlineData("D41d8cd98f00b204e9800998ecf8427e", false)]
    [InlineData("d41d8cd98f00b204e9800998ecf8427", false)]
    [InlineData("", false)]
    public void Only_the_secret_itself_is_it(string presented, bool isIt) => Assert.Equal(isIt, new ApiSecret("d41d8cd98f00b204e9800998ecf8427e").Is(presented));

    [Fact]
    public void It_prints_as_dots_however_it_is_printed()
    {
        var secret = new ApiSecret("d41d8cd98f00b204e9800998ecf8427e");

        Assert.All([secret.ToString(), $"{secret}", string.Format(null, "{0,40}", secret), new { secret }.ToString()!],
            text => Assert.DoesNotContain("d41d", text, StringComparison.Ordinal));
    }
}
