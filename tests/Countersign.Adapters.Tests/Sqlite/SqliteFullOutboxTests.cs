using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Messages that carriers do not take are bounded.</summary>
public sealed class SqliteFullOutboxTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task With_too_many_messages_without_an_outcome_starts_are_refused_and_all_else_goes_on()
    {
        using var store = Open();

        await FullOutbox.OnlyWhatSendsIsRefusedAsync(store.Verifications, store.Outbox);
    }

    [Fact]
    public async Task Messages_that_an_earlier_process_left_count()
    {
        using (var before = Open())
        {
            for (var number = 1; number <= FullOutbox.Limit; number++)
                await before.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        }

        using var store = Open();

        await Assert.ThrowsAsync<StoreOverloadedException>(() => store.Verifications.SendAsync(4, Given.Verification(4, Desk.Opening)));
    }

    [Fact]
    public async Task Of_starts_that_come_at_once_no_more_are_kept_than_may_wait()
    {
        using var store = Open();

        var sends = await Task.WhenAll(Enumerable.Range(0, 100).Select(async number =>
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
        }));

        Assert.Equal(FullOutbox.Limit, sends.Count(kept => kept));
        Assert.Equal(FullOutbox.Limit, store.Outbox.Known);
    }

    SqliteStore Open() => SqliteStore.Open(_home.Directory, _home.Sealer, _home.Time, logger: null, sync: null, FullOutbox.Limit);
}
