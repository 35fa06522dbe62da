using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Steps;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>How many messages of a row of the outbox wait, where an outcome is recorded more than once.</summary>
public sealed class OutboxCountTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();
    PostgresStore _store = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    IStepBackend Backend => (IStepBackend)_store.Verifications;

    public async ValueTask InitializeAsync() => _store = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_another_node_recorded_as_well_counts_once()
    {
        await SendAsync(3);
        var items = await ClaimAsync(_store, 3);
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE outbox SET owner = NULL");
        await using var other = await _home.OpenPostgresAsync();
        var same = await ClaimAsync(other, 3);
        await other.Outbox.RecordAsync([OutboxConformance.Sent(same.Single(item => item.Attempt.Sid == items[0].Attempt.Sid))], Ct);
        Assert.Equal(2, await WaitingAsync());

        await _store.Outbox.RecordAsync([OutboxConformance.Sent(items[0])], Ct);
        Assert.Equal(2, await WaitingAsync());

        // This one does not know that the first has its outcome by now, and never says more than there are.
        await other.Outbox.RecordAsync([OutboxConformance.Sent(same.Single(item => item.Attempt.Sid == items[1].Attempt.Sid))], Ct);
        Assert.Equal(1, await WaitingAsync());
        await _store.Outbox.RecordAsync([OutboxConformance.Sent(items[2])], Ct);
        Assert.Equal(1, await WaitingAsync());
        await _store.Outbox.RecordAsync([OutboxConformance.Sent(items[1])], Ct);
        Assert.Equal(0, await WaitingAsync());
        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM outbox"));
    }

    /// <summary>Starts in one exchange, whose messages are one row.</summary>
    async Task SendAsync(int count)
    {
        List<StepEntry> entries = [.. Enumerable.Range(0, count).Select(Written)];
        Backend.Reserve(entries);
        await Backend.ExchangeAsync(entries);
        Backend.HandOver(entries);
        Assert.Equal(1L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM outbox"));
    }

    StepEntry Written(int number)
    {
        var started = Given.Verification(number, _home.Time.GetUtcNow());
        var entry = new StepEntry(new RecordedStep((_, _) => new StepDecision(started, started.Attempts[0])) { ServiceSid = Given.Service, Destination = Given.Destination(number) });
        Assert.True(entry.Decide(_home.Time.GetUtcNow()));
        Backend.Prepare(entry);
        return entry;
    }

    static async Task<List<OutboxItem>> ClaimAsync(PostgresStore store, int count)
    {
        var items = new List<OutboxItem>();
        while (items.Count < count)
            items.AddRange(await store.Outbox.ClaimAsync(count - items.Count, Ct));
        return items;
    }

    async Task<long> WaitingAsync() => (long)(await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT coalesce(sum(waiting), 0)::bigint FROM outbox"))!;
}
