using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Insight;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>
/// The parts of the embedded store, put together as <see cref="SqliteStore"/> does, over a file that may not grow: what a step meets when the disk is full.
/// </summary>
public sealed class FullDiskTests : IAsyncDisposable
{
    static readonly CancellationToken Ct = CancellationToken.None;

    readonly SqliteHome _home = new();
    readonly SqliteParts _parts;
    readonly SqliteVerificationStore _store;

    public FullDiskTests()
    {
        _parts = new SqliteParts(_home);
        _store = _parts.Verifications;
    }

    public ValueTask DisposeAsync()
    {
        _parts.Dispose();
        return _home.DisposeAsync();
    }

    [Fact]
    public async Task What_cannot_be_kept_is_refused_and_leaves_no_trace_in_memory()
    {
        var kept = await _store.SendAsync(0, Given.Verification(0, Desk.Opening));
        await LimitAsync(pages: 0);

        var refused = await FillAsync(1);

        var later = Given.Verification(0, Desk.Opening) with { Sid = Sid.NewOrdered("VE", Desk.Opening.AddSeconds(1), Given.Random) };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.SendAsync(0, Big(later)));
        Same.Verification(kept, await _store.FindAsync(0));
        Assert.Null(await _store.FindAsync(refused.Number));
        Assert.Null(await _store.FindAsync(refused.Sid));
        Assert.Equal(refused.Number, _parts.Destinations.Count);
        Assert.Equal(refused.Number, (await _parts.Outbox.DepthAsync(Ct)).Waiting);
        Assert.Equal(refused.Number, await StartsAsync());
    }

    [Fact]
    public async Task When_there_is_room_again_it_goes_on_where_it_was()
    {
        await LimitAsync(pages: 0);
        var refused = await FillAsync(0);
        await LimitAsync(pages: 10_000);

        var after = await _store.SendAsync(refused.Number, Given.Verification(refused.Number, Desk.Opening));

        Same.Verification(after, await _store.FindAsync(refused.Number));
        var claimed = new List<Sid>();
        while (claimed.Count <= refused.Number)
            claimed.AddRange((await _parts.Outbox.ClaimAsync(100, Ct)).Select(item => item.Verification.Sid));
        Assert.Equal(refused.Number + 1, claimed.Distinct().Count());
        Assert.Equal(after.Sid, claimed[^1]);
    }

    [Fact]
    public async Task All_of_a_batch_that_fails_are_told_and_nothing_of_it_is_kept()
    {
        var kept = await _store.SendAsync(0, Given.Verification(0, Desk.Opening));
        await LimitAsync(pages: 0);
        await FillAsync(1);
        var before = _parts.Destinations.Count;

        // The big ones among them bring the batch down.
        var batch = await _parts.InOneBatchAsync(() => Enumerable.Range(0, 50).Select(number => number % 10 == 9
            ? _store.SendAsync(500_000 + number, Big(Given.Verification(number, Desk.Opening)))
            : _store.ChangeAsync(kept.Sid, current => current with { Checks = current.Checks + 1 })));

        var counted = (await _store.FindAsync(0))!.Checks;
        Assert.Equal(batch.Count(task => task.IsCompletedSuccessfully), counted);
        Assert.All(batch.Where(task => task.IsFaulted), task => Assert.IsType<StoreUnavailableException>(task.Exception!.InnerException));
        Assert.Contains(batch, task => task.IsFaulted);
        Assert.Equal(before, _parts.Destinations.Count);
    }

    [Fact]
    public async Task Services_in_memory_follow_the_file()
    {
        var service = new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Before", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };
        await _parts.Services.CreateAsync(service, Ct);
        await LimitAsync(pages: 0);
        await FillAsync(0);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _parts.Services.UpdateAsync(Given.Service, before => before with { FriendlyName = new string('x', 100_000) }, Ct));
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => _parts.Services.CreateAsync(service with { Sid = Given.OtherService, FriendlyName = new string('x', 100_000) }, Ct));

        Same.Service(service, await _parts.Services.FindAsync(Given.Service, Ct));
        Assert.Null(await _parts.Services.FindAsync(Given.OtherService, Ct));
        Assert.Single((await _parts.Services.ListAsync(Given.Account, new PageRequest(10, null), Ct)).Items);
    }

    /// <summary>Lets the file grow to so many pages, or no more at all.</summary>
    async Task<long> StartsAsync()
    {
        using var rollups = new SqliteRollupStore(_home.DatabasePath);
        var sums = await rollups.ReadAsync(new RollupQuery { Account = Given.Account, From = Desk.Opening, To = Desk.Opening.AddHours(1) }, Ct);
        return Assert.Single(sums.Rows).Counts[RollupCounter.Starts];
    }

    Task<long> LimitAsync(int pages) => _parts.Writer.RunAsync(context =>
    {
        // What is asked for below the present size sets it to the present size.
        using var limit = context.Prepare($"PRAGMA max_page_count = {Math.Max(1, pages)}");
        Assert.True(limit.Read());
        return limit.Long(0);
    });

    /// <summary>Starts verifications until one is refused, and says which.</summary>
    async Task<(int Number, Sid Sid)> FillAsync(int from)
    {
        for (var number = from; ; number++)
        {
            var verification = Given.Verification(number, Desk.Opening.AddMilliseconds(number));
            try
            {
                await _store.SendAsync(number, verification);
            }
            catch (StoreUnavailableException)
            {
                return (number, verification.Sid);
            }
        }
    }

    static Verification Big(Verification verification) =>
        verification with { Details = new VerificationDetails { Payee = new string('x', 100_000) } };
}
