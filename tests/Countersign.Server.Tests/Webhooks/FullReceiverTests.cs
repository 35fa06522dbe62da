using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Webhooks;

public sealed class FullReceiverTests
{
    [Fact]
    public async Task A_receiver_that_has_too_much_waiting_gets_no_more_until_it_has_taken_some()
    {
        await using var server = await RunningServer.StartAsync(["--Countersign:Webhooks:MaxWaiting", "100"]);
        var (path, _) = await EventDeliveryTests.SubscribeAsync(server, "http://localhost:9/", "verification.pending");
        var (events, tidy) = (server.Services.GetRequiredService<IEventStore>(), server.Services.GetRequiredService<TidyEvents>());
        var webhook = server.Services.GetRequiredService<Subscriptions>().Find(Sid.Parse(path.Split('/')[^1], "YW"))!;
        var later = server.Clock.GetUtcNow().AddHours(1);
        await events.AddAsync(
            [.. Enumerable.Range(0, 100).Select(number => new EventEntry
            {
                Receiver = webhook.Sid, AccountSid = webhook.AccountSid, ServiceSid = Sid.Parse(RunningServer.ServiceSid, "VA"), Type = EventType.FactorCreated, Id = number.ToString("x64", null),
                At = later, Since = later, DueAt = later, Data = "{}"u8.ToArray(),
            })],
            CancellationToken.None);
        await tidy.RunOnceAsync(CancellationToken.None);
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        Assert.Equal(100, await WaitingAsync());

        await events.RemoveAsync(webhook.AccountSid, (await events.ListAsync(webhook.AccountSid, null, false, new PageRequest(1, null), CancellationToken.None)).Items[0].Position, CancellationToken.None);
        await tidy.RunOnceAsync(CancellationToken.None);
        (await server.Api.StartAsync(server.NewNumber())).AssertStatus(201);
        Assert.Equal(100, await WaitingAsync());
        Assert.Single(server.Logs.Lines, line => line.Text.Contains("events waiting", StringComparison.Ordinal));

        async Task<int> WaitingAsync() => (await events.WaitingAsync([webhook.Sid], 1000, CancellationToken.None))[webhook.Sid];
    }
}
