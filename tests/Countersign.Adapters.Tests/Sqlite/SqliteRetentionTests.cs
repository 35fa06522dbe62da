using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Factors;
using Countersign.Core.Insight;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>That removing never holds the writer for long, and what it leaves of the file.</summary>
public sealed class SqliteRetentionTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task No_slice_takes_more_rows_than_it_may_and_all_go_oldest_first()
    {
        using var store = _home.OpenSqlite();
        var sids = await FillAsync(store, 1_500);
        var cutoffs = new RetentionCutoffs(_home.Time.GetUtcNow(), null, Desk.Opening);

        var removed = 0L;
        for (var more = true; more;)
        {
            var slice = await store.Retention.RemoveAsync(cutoffs, Ct);
            Assert.InRange(slice.Rows, 0, SqliteRetention.SliceRows);
            removed += slice.Verifications;
            more = slice.HasMore;
            Assert.Null(removed > 0 ? await store.Verifications.FindAsync(sids[(int)removed - 1]) : null);
            Assert.True(removed == sids.Count || await store.Verifications.FindAsync(sids[(int)removed]) is not null);
        }

        Assert.Equal(1_500, removed);
    }

    [Fact]
    public async Task Rows_that_stay_do_not_keep_a_pass_from_its_end()
    {
        using var store = _home.OpenSqlite();
        for (var number = 0; number < 700; number++)
            await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening.AddMilliseconds(number)) with { ExpiresAt = Desk.Opening.AddYears(1) });
        await RecordAsync(store, 700);
        _home.Time.Advance(TimeSpan.FromDays(10));
        var cutoffs = new RetentionCutoffs(_home.Time.GetUtcNow(), null, Desk.Opening);

        var slices = 1;
        while ((await store.Retention.RemoveAsync(cutoffs, Ct)).HasMore)
            slices++;

        Assert.InRange(slices, 2, 10);
    }

    [Fact]
    public async Task A_person_of_a_removed_service_goes_with_many_challenges_a_slice_at_a_time()
    {
        using var store = _home.OpenSqlite();
        var entity = EntityGiven.Entity(1, Desk.Opening);
        var factor = EntityGiven.Totp(entity, Desk.Opening);
        for (var number = 0; number < 700; number++)
        {
            var challenge = EntityGiven.Challenge(factor, Desk.Opening.AddMilliseconds(number));
            await store.Entities.ChangeAsync(
                EntityGiven.Key(1), default, state => new EntityChange<int>(0) { Entity = state.Entity is null ? entity : null, Factor = factor, Challenge = challenge }, Ct);
        }

        var (left, removed, more) = (Challenges(), 0L, true);
        while (more)
        {
            var slice = await store.Retention.RemoveAsync(new RetentionCutoffs(null, null, Desk.Opening), Ct);
            (removed, more) = (removed + slice.Entities, slice.HasMore);
            Assert.InRange(left - Challenges(), 0, SqliteRetention.SliceRows);
            Assert.Equal(removed == 0, (await store.Entities.ListAsync(Given.Service, new PageRequest(1, null), Ct)).Items.Count == 1);
            left = Challenges();
        }

        Assert.Equal((0, 1), (left, removed));
    }

    [Fact]
    public async Task The_file_does_not_grow_by_what_takes_the_place_of_removed_rows()
    {
        using var store = _home.OpenSqlite();
        await FillAsync(store, 1_000);
        while ((await store.Retention.RemoveAsync(new RetentionCutoffs(_home.Time.GetUtcNow(), null, Desk.Opening), Ct)).HasMore)
        {
        }

        var before = Pages();
        await FillAsync(store, 1_000);

        Assert.InRange(Pages(), 1, before + 10);
    }

    long Pages() => Number("PRAGMA page_count");

    long Challenges() => Number("SELECT count(*) FROM challenge");

    long Number(string sql)
    {
        using var context = new WriteContext(SqliteFile.OpenReader(_home.DatabasePath));
        var found = context.Prepare(sql);
        found.Read();
        return found.Long(0);
    }

    /// <summary>Starts and sends so many, then lets them grow old.</summary>
    async Task<List<Sid>> FillAsync(SqliteStore store, int count)
    {
        var sids = new List<Sid>();
        for (var number = 0; number < count; number++)
            sids.Add((await store.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow().AddMilliseconds(number)))).Sid);
        await RecordAsync(store, count);
        _home.Time.Advance(TimeSpan.FromDays(10));
        return sids;
    }

    async Task RecordAsync(SqliteStore store, int count)
    {
        while (count > 0)
        {
            var items = await store.Outbox.ClaimAsync(256, Ct);
            await store.Outbox.RecordAsync(
                [.. items.Select(item => new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", CarrierMessageId = $"m-{item.Attempt.Sid}", At = _home.Time.GetUtcNow() })], Ct);
            count -= items.Count;
        }
    }
}
