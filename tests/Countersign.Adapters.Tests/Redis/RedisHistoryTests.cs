using System.Diagnostics;
using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>What keeps changes from PostgreSQL, and what does not.</summary>
public sealed class RedisHistoryTests : IAsyncLifetime
{
    readonly RedisHome _home = new() { Configure = settings => settings with { NodeLife = TimeSpan.FromSeconds(1) } };
    readonly Dictionary<RedisStore, FakeTimeProvider> _clocks = [];
    PostgresStore _postgres = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _postgres = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_a_node_kept_comes_from_its_memory_and_what_PostgreSQL_has_goes()
    {
        await using var store = await OpenAsync();
        var started = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        var replaced = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var next = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening.AddHours(1)));
        await CutAsync(0, started.Sid);

        await store.BringHistoryAsync();
        Assert.Equal(3, await CountAsync("c"));
        await store.BringHistoryAsync();

        Assert.Equal(0, await CountAsync("c"));
        Assert.Equal(Sorted(started, replaced, next), await KeptAsync(started, replaced, next));
    }

    [Fact]
    public async Task What_changed_more_than_once_before_it_is_brought_comes_as_it_is_by_then_and_counts_once()
    {
        await using var store = await OpenAsync();
        var started = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        await store.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved });

        await store.BringHistoryAsync();

        Assert.Equal(VerificationStatus.Approved, Assert.Single(await _postgres.History.FindAsync([started.Sid], Ct)).Status);
        Assert.Equal((1L, 1L), await CountedAsync());
    }

    [Fact]
    public async Task A_change_after_the_start_was_brought_counts_as_an_end_alone()
    {
        await using var store = await OpenAsync();
        var started = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        await store.BringHistoryAsync();
        await store.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved });

        await store.BringHistoryAsync();

        Assert.Equal(VerificationStatus.Approved, Assert.Single(await _postgres.History.FindAsync([started.Sid], Ct)).Status);
        Assert.Equal((1L, 1L), await CountedAsync());
    }

    [Fact]
    public async Task Of_several_changes_the_last_is_what_stays()
    {
        await using var store = await OpenAsync();
        var started = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        await store.BringHistoryAsync();
        for (var checks = 1; checks <= 4; checks++)
            await store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = checks });

        await store.BringHistoryAsync();

        Assert.Equal(4, Assert.Single(await _postgres.History.FindAsync([started.Sid], Ct)).Checks);
    }

    [Fact]
    public async Task What_was_saved_already_is_kept_once_and_counts_once()
    {
        await using var store = await OpenAsync();
        var started = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        await using var other = await OpenAsync();
        await UntilBroughtAsync(other, started);

        // The node that kept it is slow, and comes with it and more.
        var more = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await store.BringHistoryAsync();

        Assert.Equal(Sorted(started, more), await KeptAsync(started, more));
        Assert.Equal((2L, 0L), await CountedAsync());
    }

    [Fact]
    public async Task What_another_node_has_brought_in_a_later_version_stays_so_and_counts_once()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var started = await one.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        await other.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved });
        await other.BringHistoryAsync();

        var more = await one.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await one.BringHistoryAsync();

        var kept = await _postgres.History.FindAsync([started.Sid, more.Sid], Ct);
        Assert.Equal(VerificationStatus.Approved, kept.Single(row => row.Sid == started.Sid).Status);
        Assert.Equal(Sorted(started, more), await KeptAsync(started, more));
        Assert.Equal((2L, 1L), await CountedAsync());
    }

    [Fact]
    public async Task What_is_kept_while_a_group_is_missing_is_brought_all_the_same()
    {
        await using var dead = await OpenAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        await redis.GetDatabase().KeyDeleteAsync(_home.KeyOf(GroupOf(0), "c"));
        await redis.GetDatabase().KeyDeleteAsync(_home.KeyOf(GroupOf(0), "o"));

        var started = await dead.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));

        await using var alive = await OpenAsync();
        await UntilBroughtAsync(alive, started);
        Assert.Equal(started.Attempts[0].Sid, Assert.Single(await dead.Outbox.ClaimAsync(1, Ct)).Attempt.Sid);
    }

    [Fact]
    public void A_node_remembers_so_many_changes_and_no_more()
    {
        var own = new OwnChanges(new FakeTimeProvider(), 3);
        var verification = Given.Verification(0, Desk.Opening);
        for (var number = 0; number < 3; number++)
            own.Add(new OwnEntry(number, [(byte)number], [new OwnChange(verification, default), new OwnChange(verification, default)]));

        Assert.Equal((2, 1), (own.Count, own.Entries));
    }

    [Fact]
    public async Task What_a_node_leaves_another_brings_and_one_that_stops_leaves_nothing()
    {
        await using var dead = await OpenAsync();
        var left = await dead.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        var stops = await OpenAsync();
        var brought = await stops.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        await stops.DisposeAsync();
        Assert.Equal([brought.Sid], await KeptAsync(left, brought));
        Assert.Equal(1, await CountAsync("c"));

        await using var alive = await OpenAsync();
        await UntilBroughtAsync(alive, left);
    }

    [Fact]
    public async Task What_a_server_of_an_older_version_left_in_its_stream_comes_too()
    {
        await using var dead = await OpenAsync();
        var (pending, unread) = (await dead.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening)), await dead.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening)));
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        foreach (var (number, verification) in new[] { (0, pending), (1, unread) })
        {
            // As such a server would have kept it.
            var group = GroupOf(number);
            await redis.GetDatabase().KeyDeleteAsync(_home.KeyOf(group, "c"));
            var (stream, sid) = (_home.KeyOf(group, "h"), new byte[16]);
            verification.Sid.WriteTo(sid);
            await redis.GetDatabase().StreamAddAsync(stream, "s", sid);
            await redis.GetDatabase().StreamCreateConsumerGroupAsync(stream, "nodes", "0", createStream: true);
            if (number == 0)
                await redis.GetDatabase().StreamReadGroupAsync(stream, "nodes", "older", ">");
        }

        await using var newer = await OpenAsync();

        await UntilBroughtAsync(newer, pending);
        await UntilBroughtAsync(newer, unread);
        Assert.Equal(0, await CountAsync("h"));
    }

    [Fact]
    public async Task A_damaged_verification_does_not_hold_up_the_others()
    {
        await using var dead = await OpenAsync();
        var others = new List<Verification>();
        var damaged = await dead.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        for (var number = 1; number < 20; number++)
            others.Add(await dead.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening)));
        await CutAsync(0, damaged.Sid);

        await using var store = await OpenAsync();
        await UntilBroughtAsync(store, [.. others]);

        Assert.Equal(Sorted([.. others]), await KeptAsync([damaged, .. others]));
    }

    [Fact]
    public async Task What_only_a_newer_key_opens_waits_and_is_not_kept_without_being_counted()
    {
        var newer = new Sealer(Rings.WithKeys(2), RandomSource.System);
        await using var dead = await OpenAsync(newer);
        var started = await dead.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await using var store = await OpenAsync();

        Exception? problem = null;
        for (var waited = Stopwatch.StartNew(); problem is null; await Task.Delay(50, Ct))
        {
            _clocks[store].Advance(TimeSpan.FromMinutes(1));
            problem = await Record.ExceptionAsync(() => store.BringHistoryAsync());
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "It was not taken over.");
        }

        Assert.Empty(await _postgres.History.FindAsync([started.Sid], Ct));
        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.Database, "SELECT count(*) FROM rollup"));
    }

    /// <summary>A node that brings nothing by itself: its clock stands still.</summary>
    async Task<RedisStore> OpenAsync(Sealer? sealer = null)
    {
        var clock = new FakeTimeProvider();
        var store = await _home.OpenRedisAsync(_postgres.History, clock, sealer);
        _clocks[store] = clock;

        // Its first round, which needs no clock, is over.
        await store.BringHistoryAsync();
        return store;
    }

    /// <summary>Has a node bring what another left, which Redis gives it once it has been idle for long enough.</summary>
    async Task UntilBroughtAsync(RedisStore store, params Verification[] verifications)
    {
        for (var waited = Stopwatch.StartNew(); (await KeptAsync(verifications)).Count < verifications.Length; await Task.Delay(50, Ct))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "It was not taken over.");
            _clocks[store].Advance(TimeSpan.FromMinutes(1));
            await store.BringHistoryAsync();
        }

        await store.BringHistoryAsync();
    }

    static List<Sid> Sorted(params Verification[] verifications) => [.. verifications.Select(verification => verification.Sid).Order()];

    async Task<List<Sid>> KeptAsync(params Verification[] verifications) => [.. (await _postgres.History.FindAsync(Sorted(verifications), Ct)).Select(row => row.Sid).Order()];

    /// <summary>Starts and approvals in the rollup.</summary>
    async Task<(long Starts, long Approved)> CountedAsync() => (
        (long)(decimal)(await PostgresServer.ExecuteAsync(_home.Database, "SELECT coalesce(sum(starts), 0) FROM rollup"))!,
        (long)(decimal)(await PostgresServer.ExecuteAsync(_home.Database, "SELECT coalesce(sum(approved), 0) FROM rollup"))!);

    /// <summary>Entries in streams of all groups.</summary>
    async Task<long> CountAsync(string stream)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        return (await Task.WhenAll(Enumerable.Range(0, RedisSettings.DefaultGroups).Select(group => redis.GetDatabase().StreamLengthAsync(_home.KeyOf(group, stream))))).Sum();
    }

    static int GroupOf(int number) => VerificationStep.ShardOf(Given.Service, Given.Destination(number)) % RedisSettings.DefaultGroups;

    /// <summary>Leaves of a verification in Redis what tells it, and no more.</summary>
    async Task CutAsync(int number, Sid verification)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        var group = GroupOf(number);
        var sid = new byte[16];
        verification.WriteTo(sid);
        byte[] place = [.. System.Text.Encoding.ASCII.GetBytes(_home.KeyOf(group, "v:")), .. sid];
        byte[] found = (await redis.GetDatabase().StringGetAsync(place))!;
        byte[] key = [.. System.Text.Encoding.ASCII.GetBytes(_home.KeyOf(group, "d:")), .. found];
        byte[] blob = (await redis.GetDatabase().StringGetAsync(key))!;
        await redis.GetDatabase().StringSetAsync(key, blob[..40], expiry: null, keepTtl: true);
    }
}
