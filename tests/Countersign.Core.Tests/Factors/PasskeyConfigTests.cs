using Countersign.Core.Factors.Passkeys;

namespace Countersign.Core.Tests.Factors;

public sealed class PasskeyConfigTests
{
    static readonly PasskeyConfig Settings = Of("https://example.com", "discouraged");

    /// <summary>A server of before kept what held when the factor was made, its own or the service's, and did not say which.</summary>
    [Theory]
    [InlineData("required", "required")]
    [InlineData("preferred", "discouraged")]
    public void Of_a_factor_of_a_server_of_before_neither_its_origins_nor_the_services_are_lost_and_what_it_required_is_still_required(string then, string now)
    {
        var config = Of("https://login.example.com", then).Under(Settings);

        Assert.Equal(["https://login.example.com", "https://example.com"], config.Origins);
        Assert.Equal(now, config.UserVerification);
    }

    [Fact]
    public void What_a_factor_says_itself_holds_and_the_rest_is_the_services_of_the_same_relying_party()
    {
        var own = Of("https://login.example.com", "preferred");

        Assert.Equal(own.Origins, (own with { HasOwnOrigins = true }).Under(Settings).Origins);
        Assert.Equal(Settings.Origins, (own with { HasOwnOrigins = false }).Under(Settings).Origins);
        Assert.Equal("preferred", (own with { HasOwnUserVerification = true }).Under(Settings).UserVerification);
        Assert.Equal("discouraged", (own with { HasOwnUserVerification = false }).Under(Settings).UserVerification);
        Assert.Same(own, own.Under(null));
        Assert.Same(own, own.Under(Settings with { RelyingPartyId = "other.test" }));
    }

    static PasskeyConfig Of(string origin, string verification) => new() { RelyingPartyId = "example.com", RelyingPartyName = "Shop", Origins = [origin], UserVerification = verification };
}
