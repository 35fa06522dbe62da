using System.Net;
using Countersign.Carriers;

namespace Countersign.Adapters.Tests.Carriers;

public sealed class CarrierHttpTests
{
    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    public async Task A_metadata_service_is_not_spoken_to(string address)
    {
        using var http = new CarrierHttp();

        var refused = await Assert.ThrowsAsync<HttpRequestException>(
            async () => await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, address), TestContext.Current.CancellationToken));

        Assert.Contains("link-local", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("169.253.0.1")]
    [InlineData("2001:db8::1")]
    public void Other_addresses_of_an_operators_network_are(string address) => Assert.False(CarrierHttp.IsLinkLocal(IPAddress.Parse(address)));
}
