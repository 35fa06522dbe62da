using System.Diagnostics;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Messages that carriers do not take are bounded, those in the database that no node has among them.</summary>
public sealed class PostgresFullOutboxTests : IAsyncLifetime
{
    /// <summary>Messages that a node holds in memory before it leaves others in the database.</summary>
    const int InMemory = 8192;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly PostgresHome _home = new();

    // Makes the database, and is the other node.
    PostgresStore _other = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _other = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task With_too_many_messages_without_an_outcome_starts_are_refused_and_all_else_goes_on()
    {
        await using var store = await OpenAsync(FullOutbox.Limit);

        await FullOutbox.OnlyWhatSendsIsRefusedAsync(store.Verifications, store.Outbox);
    }

    [Fact]
    public async Task What_a_node_takes_over_counts()
    {
        await using (var before = await OpenAsync(FullOutbox.Limit))
        {
            for (var number = 1; number <= FullOutbox.Limit; number++)
                await before.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        }

        await using var store = await OpenAsync(FullOutbox.Limit);

        Assert.Equal(FullOutbox.Limit, store.Outbox.Known);
        await Assert.ThrowsAsync<StoreOverloadedException>(() => store.Verifications.SendAsync(4, Given.Verification(4, Desk.Opening)));
    }

    [Fact]
    public async Task What_was_left_in_the_database_counts_until_another_node_took_it()
    {
        const int limit = InMemory + 100;
        await using var store = await OpenAsync(limit);
        await Task.WhenAll(Enumerable.Range(0, InMemory).Select(number => store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening))));

        var sent = InMemory;
        while (await TrySendAsync(store, sent))
            sent++;

        // The database may have been asked while one was on its way there.
        Assert.InRange(sent, limit - 1, limit);
        Assert.NotNull(await store.Verifications.FindAsync(sent - 1));
        Assert.Null(await store.Verifications.FindAsync(sent));

        var left = (int)(long)(await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT sum(waiting)::bigint FROM outbox WHERE owner IS NULL"))!;
        var taken = await FullOutbox.ClaimAsync(_other.Outbox, left);
        Assert.Equal(left, _other.Outbox.Known);
        await _other.Outbox.RecordAsync([.. taken.Select(OutboxConformance.Sent)], Ct);
        Assert.Equal(0, _other.Outbox.Known);
        for (var waited = Stopwatch.StartNew(); !await TrySendAsync(store, sent); await Task.Delay(20, Ct))
            Assert.True(waited.Elapsed < Patience);
    }

    static async Task<bool> TrySendAsync(PostgresStore store, int number)
    {
        try
        {
            await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
            return true;
        }
        catch (StoreOverloadedException)
        {
            return false;
        }
    }

    Task<PostgresStore> OpenAsync(int limit) =>
        PostgresStore.OpenAsync(_home.ConnectionString, _home.Sealer, _home.Time, RandomSource.System, PostgresHome.Lease, limit, null, Ct);
}
