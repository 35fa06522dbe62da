using System.Text.Json;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Webhooks;

/// <summary>An operator mends a receiver, and does not want to wait for the next try of what waits for it.</summary>
public sealed class RedeliveryTests
{
    static readonly string[] Loopback = ["--Countersign:Webhooks:AllowedNetworks:0", "127.0.0.0/8"];

    [Fact]
    public async Task What_waits_for_a_receiver_that_failed_again_and_again_is_sent_as_soon_as_somebody_says_so()
    {
        var isBack = false;
        await using var receiver = new Receiver((_, _) => Volatile.Read(ref isBack) ? Receiver.Ok : "HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        var (path, _) = await EventDeliveryTests.SubscribeAsync(server, receiver.Url, "verification.pending");
        for (var count = 1; count <= 3; count++)
        {
            (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
            await receiver.NextAsync();
            await EventDeliveryTests.UntilAllAsync(server, "waiting", count, tries: 1);
        }

        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        var waiting = await WaitingAsync(server);

        Assert.Equal(4, waiting.Count);
        Assert.All(waiting, entry => Assert.True(entry.GetProperty("date_next").GetDateTimeOffset() > server.Clock.GetUtcNow(), entry.GetRawText()));
        Volatile.Write(ref isBack, true);
        var redelivered = (await server.Api.PostJsonAsync("/admin/v1/events/redeliver", $$"""{"receiver":"{{path.Split('/')[^1]}}"}""")).AssertStatus(200).Number("redelivered");
        Assert.InRange(redelivered, 3, 4);
        await EventDeliveryTests.UntilEmptyAsync(server);
    }

    [Fact]
    public async Task One_event_that_waits_can_be_sent_now_and_nobody_elses()
    {
        var isBack = false;
        await using var receiver = new Receiver((_, _) => Volatile.Read(ref isBack) ? Receiver.Ok : "HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n");
        await using var server = await RunningServer.StartAsync(Loopback);
        var other = await server.NewAccountAsync();
        var (webhook, _) = await EventDeliveryTests.SubscribeAsync(server, receiver.Url, "verification.pending");
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        var path = $"/admin/v1/events/{(await EventDeliveryTests.UntilAsync(server, "waiting", 1)).GetProperty("sid").GetString()}/redeliver";
        Volatile.Write(ref isBack, true);

        (await other.PostAsync(path)).AssertError(404, 20404, "not_found");
        Assert.Equal(0, (await other.PostJsonAsync("/admin/v1/events/redeliver", $$"""{"receiver":"{{webhook.Split('/')[^1]}}"}""")).AssertStatus(200).Number("redelivered"));
        Assert.Single(await WaitingAsync(server));
        Assert.Equal(1, (await server.Api.PostAsync(path)).AssertStatus(200).Number("redelivered"));
        await EventDeliveryTests.UntilEmptyAsync(server);
        (await server.Api.PostAsync(path)).AssertError(404, 20404, "not_found");
    }

    static async Task<List<JsonElement>> WaitingAsync(RunningServer server) => [.. (await server.Api.GetAsync("/admin/v1/events?Status=waiting")).AssertStatus(200).At("events").EnumerateArray()];
}
