using System.Net;
using System.Net.Sockets;

namespace Countersign.Server.Tests.Delivery;

/// <summary>An operator who names the networks of carriers, and an account that sets up carriers elsewhere: over HTTP, SMPP and SMTP.</summary>
public sealed class CarrierNetworksTests
{
    [Theory]
    [InlineData("none", false)]
    [InlineData("10.2.0.0/16", false)]
    [InlineData("127.0.0.0/8", true)]
    public async Task Carriers_are_spoken_to_where_the_operator_lets_them_be(string network, bool isReached)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var wired = await Wired.StartAsync(null, "--Countersign:Carriers:AllowedNetworks:0", network);
        (await wired.PutAsync("web", $$$"""
            {"kind":"twilio","settings":{"account_sid":"{{{Wired.TwilioAccount}}}","auth_token":"{{{Wired.TwilioToken}}}","from":"+14155550199","base_url":"http://127.0.0.1:{{{port}}}"}}
            """)).AssertStatus(201);
        (await wired.PutAsync("mail", $$$"""
            {"kind":"smtp","settings":{"host":"127.0.0.1","port":"{{{port}}}","security":"none","from_address":"codes@example.com","timeout_seconds":"2"}}
            """)).AssertStatus(201);
        (await wired.PutAsync("centre", $$$"""
            {"kind":"smpp","settings":{"host":"127.0.0.1","port":"{{{port}}}","system_id":"acme","password":"not-real"}}
            """)).AssertStatus(201);

        if (!isReached)
        {
            await wired.Server.Logs.WaitForAsync(line => line.EventId == 3207 && line.Text.Contains("Countersign:Carriers:AllowedNetworks", StringComparison.Ordinal));
            foreach (var (to, carrier, code) in new[] { ($"""{Wired.NewNumber()}","carriers":["web"],"channel":"sms""", "web", "HttpRequestException"), ("""jo@acme.dev","channel":"email""", "mail", "AccessDenied") })
            {
                var run = (await wired.Server.Api.SendJsonAsync(HttpMethod.Post, "/admin/v1/tries", $$"""{"to":"{{to}}"}""")).AssertStatus(201);
                var result = Assert.Single(run.At("results").EnumerateArray(), result => result.GetProperty("carrier").GetString() == carrier);
                Assert.Equal(("connection_failed", code), (result.GetProperty("error").GetString(), result.GetProperty("carrier_code").GetString()));
            }

            Assert.False(listener.Pending());
            return;
        }

        // The message centre is connected to by itself.
        using var centre = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Assert.True(centre.Connected);
    }

    [Theory]
    [InlineData("everything", "neither an address nor a network")]
    [InlineData("10.2.0.0/33", "neither an address nor a network")]
    public async Task A_network_that_is_none_ends_the_start(string network, string problem)
    {
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => Wired.StartAsync(null, "--Countersign:Carriers:AllowedNetworks:0", network));

        Assert.Contains("Countersign:Carriers:AllowedNetworks", failed.Message, StringComparison.Ordinal);
        Assert.Contains(problem, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task None_beside_a_network_is_a_contradiction()
    {
        var failed = await Assert.ThrowsAnyAsync<Exception>(() =>
            Wired.StartAsync(null, "--Countersign:Carriers:AllowedNetworks:0", "none", "--Countersign:Carriers:AllowedNetworks:1", "10.2.0.0/16"));

        Assert.Contains("none, alone", failed.Message, StringComparison.Ordinal);
    }
}
