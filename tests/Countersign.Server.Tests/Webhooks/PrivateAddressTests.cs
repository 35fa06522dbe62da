using System.Net;
using Countersign.Core.Events;
using Countersign.Server.Tests.Running;
using Countersign.Server.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>Nobody reaches what only the server should by setting up a webhook.</summary>
public sealed class PrivateAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f.1:{0}/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://0.0.0.0:{0}/")]
    public async Task An_address_that_is_not_public_is_refused_when_it_is_set_up(string url)
    {
        await using var server = await RunningServer.StartAsync([]);

        (await server.Api.PostAsync(
            RunningServer.ServicePath + "/Webhooks", ("FriendlyName", "hook"), ("EventTypes", "*"), ("WebhookUrl", string.Format(null, url, 8080)))).AssertInvalid("WebhookUrl", "address_not_allowed");
        (await server.Api.PostJsonAsync("/admin/v1/sinks", $$"""{"url":"{{string.Format(null, url, 8080)}}"}""")).AssertInvalid("url", "address_not_allowed");
    }

    [Fact]
    public async Task A_name_that_leads_to_one_is_not_connected_to()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync([]);
        await EventDeliveryTests.SubscribeAsync(server, $"http://localhost:{receiver.Port}/", "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        var waiting = await EventDeliveryTests.UntilAsync(server, "waiting", 1);
        Assert.Equal("address_not_allowed", waiting.GetProperty("problem").GetString());
        Assert.Contains("Countersign:Webhooks:AllowedNetworks", waiting.GetProperty("explanation").GetString(), StringComparison.Ordinal);
        await server.Logs.WaitForAsync(line => line.EventId == 6101 && line.Text.Contains("Countersign:Webhooks:AllowedNetworks", StringComparison.Ordinal));
        Assert.Equal(0, receiver.Connected);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_the_second_time_gains_nothing()
    {
        await using var receiver = new Receiver();
        var asked = 0;
        await using var server = await RunningServer.StartAsync([], services => services.AddSingleton(provider => new GuardedConnections(
            provider.GetRequiredService<AddressRules>(),
            (_, _) => Task.FromResult<IPAddress[]>(Interlocked.Increment(ref asked) == 1 ? [IPAddress.Parse("fe80::1"), IPAddress.Parse("10.1.2.3")] : [IPAddress.Loopback]))));
        await EventDeliveryTests.SubscribeAsync(server, $"http://rebind.example:{receiver.Port}/", "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        for (var tries = 1; tries <= 2; tries++)
        {
            Assert.Equal("address_not_allowed", (await EventDeliveryTests.UntilAsync(server, "waiting", tries)).GetProperty("problem").GetString());
            server.Clock.Advance(TimeSpan.FromSeconds(15));
        }

        Assert.Equal(0, receiver.Connected);
    }

    [Fact]
    public async Task A_name_with_one_address_that_is_allowed_is_connected_to_there()
    {
        await using var receiver = new Receiver();
        await using var server = await RunningServer.StartAsync(["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.1"], services => services.AddSingleton(provider => new GuardedConnections(
            provider.GetRequiredService<AddressRules>(), (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.1.2.3"), IPAddress.Loopback]))));
        await EventDeliveryTests.SubscribeAsync(server, $"http://inside.example:{receiver.Port}/", "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);

        Assert.Equal("verification.pending", (await receiver.NextAsync()).Field("type"));
    }
}
