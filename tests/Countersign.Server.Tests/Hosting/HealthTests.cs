using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Server.Tests.Running;
using Countersign.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Hosting;

/// <summary>What a load balancer is told of a store that is there in part.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_server_is_ready_as_long_as_one_part_of_its_store_can_be_written_to_and_says_which_cannot()
    {
        PartlyAway? outbox = null;
        await using var server = await RunningServer.StartAsync([], services => services.AddSingleton<IOutbox>(provider => outbox = new PartlyAway(provider.GetRequiredService<IStores>().Outbox)));
        var ready = await server.Api.GetAsync("/health/ready");

        outbox!.Away = new PartsAway(2, [KeyValuePair.Create(1, "too few replicas")]);
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        var degraded = await server.Api.GetAsync("/health/ready");

        outbox.Away = new PartsAway(2, [KeyValuePair.Create(0, "its master does not answer"), KeyValuePair.Create(1, "too few replicas")]);
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        var unready = await server.Api.GetAsync("/health/ready");

        Assert.Equal("""{"status":"ok","store":"ok","outbox":"ok"}""", ready.AssertStatus(200).Body);
        Assert.Equal(
            """{"status":"degraded","store":"degraded: 1 of 2 groups cannot be written to","outbox":"ok","groups_away":{"1":"too few replicas"}}""",
            degraded.AssertStatus(200).Body);
        Assert.Equal(
            """{"status":"unhealthy","store":"not acknowledging: no group can be written to","outbox":"ok","groups_away":{"0":"its master does not answer","1":"too few replicas"}}""",
            unready.AssertStatus(503).Body);
    }

    [Theory]
    [InlineData(60, "ok", "ok")]
    [InlineData(61, "degraded", "late: 3 waiting, the oldest for 61 s")]
    [InlineData(3601, "degraded", "late: 3 waiting, the oldest for 3601 s")]
    public async Task Messages_that_are_late_make_no_server_unready_and_are_told_of(int seconds, string said, string of)
    {
        PartlyAway? outbox = null;
        await using var server = await RunningServer.StartAsync([], services => services.AddSingleton<IOutbox>(provider => outbox = new PartlyAway(provider.GetRequiredService<IStores>().Outbox)));
        await server.Api.GetAsync("/health/ready");
        outbox!.Depth = new OutboxDepth(3, TimeSpan.FromSeconds(seconds));
        server.Clock.Advance(TimeSpan.FromSeconds(1));

        var ready = (await server.Api.GetAsync("/health/ready")).AssertStatus(200);

        Assert.Equal((said, of), (ready.Text("status"), ready.Text("outbox")));
    }

    sealed class PartlyAway(IOutbox inner) : IOutbox
    {
        public PartsAway? Away { get; set; }

        public OutboxDepth? Depth { get; set; }

        public long Known => inner.Known;

        public ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct) => inner.ClaimAsync(max, ct);

        public Task<ReceivedReceipts> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => inner.RecordAsync(records, ct);

        public async ValueTask<OutboxDepth> DepthAsync(CancellationToken ct) => (Depth ?? await inner.DepthAsync(ct)) with { Away = Away };
    }
}
