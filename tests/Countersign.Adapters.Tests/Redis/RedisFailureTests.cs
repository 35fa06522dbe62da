using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Servers that stop and die.</summary>
public sealed class RedisFailureTests : IAsyncLifetime
{
    RedisCluster _cluster = null!;
    RedisHome _home = null!;
    PostgresStore _postgres = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RedisCluster.StartAsync();
        _home = new RedisHome(_cluster);
        _postgres = await _home.OpenPostgresAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_acknowledged_while_the_replica_stands_still()
    {
        _home.Configure = settings => settings with { ReplicaTimeout = TimeSpan.FromMilliseconds(300) };
        await using var store = await _home.OpenRedisAsync(_postgres.History);
        var started = await StartedAsync(store, 1);
        var (_, replica, _) = await _cluster.OfAsync(_home.KeyOf(GroupOf(1), "d"));
        Signal(replica, "STOP");
        try
        {
            for (var i = 0; i < 5; i++)
                await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = current.Checks + 1 }));
        }
        finally
        {
            Signal(replica, "CONT");
        }

        await UntilAsync(() => store.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Canceled }));
        Assert.Equal(VerificationStatus.Canceled, (await store.Verifications.FindAsync(1))!.Status);
    }

    [Fact]
    public async Task What_no_replica_has_is_not_told_to_PostgreSQL()
    {
        _home.Configure = settings => settings with { ReplicaTimeout = TimeSpan.FromMilliseconds(300) };
        await using var store = await _home.OpenRedisAsync(_postgres.History);
        var started = await StartedAsync(store, 1);
        await UntilInHistoryAsync(store, started.Sid, checks: 0);
        var (_, replica, _) = await _cluster.OfAsync(_home.KeyOf(GroupOf(1), "d"));
        Signal(replica, "STOP");
        try
        {
            // Nobody may take it for kept: were its master to die now, another change could have its version.
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = 1 }));
            Assert.Equal(0, await ChecksInHistoryAsync(store, started.Sid));
        }
        finally
        {
            Signal(replica, "CONT");
        }

        await UntilAsync(() => store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = 2 }));
        await UntilInHistoryAsync(store, started.Sid, checks: 2);
    }

    [Fact]
    public async Task A_master_that_is_killed_under_load_loses_nothing_that_was_acknowledged()
    {
        await using var store = await _home.OpenRedisAsync(_postgres.History);
        await StartedAsync(store, 0);
        var (master, replica, number) = await _cluster.OfAsync(_home.KeyOf(GroupOf(0), "d"));
        var acknowledged = new ConcurrentDictionary<int, Verification>();
        var (next, failed, stop) = (0, 0, false);
        var last = new ConcurrentDictionary<int, string>();
        var load = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                var mine = Interlocked.Increment(ref next);
                try
                {
                    acknowledged[mine] = await store.Verifications.SendAsync(mine, Given.Verification(mine, Desk.Opening));
                }
                catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException)
                {
                    Interlocked.Increment(ref failed);
                    last[GroupOf(mine)] = problem.Message;
                    await Task.Delay(10);
                }
            }
        })).ToList();
        await WaitAsync(() => acknowledged.Count > 2000, "2,000 are acknowledged");

        master.Kill();
        await master.WaitForExitAsync();
        await _cluster.UntilMasterAsync(replica);
        await _cluster.RestartAsync(number);

        // Acknowledged again, which takes a replica too: the old master, once it is back.
        var before = acknowledged.Count(pair => GroupOf(pair.Key) == GroupOf(0));
        await WaitAsync(
            () => acknowledged.Count(pair => GroupOf(pair.Key) == GroupOf(0)) > before + 50,
            () => $"the group of the old master is served again, of {acknowledged.Count} acknowledged and {failed} failed, with {string.Join("; ", last.Select(pair => $"group {pair.Key}: {pair.Value}"))}");
        Volatile.Write(ref stop, true);
        await Task.WhenAll(load);

        // A thousand at a time: the store refuses more than a bounded number that wait, and a fast machine acknowledges more than that.
        var lost = new List<int>();
        foreach (var some in acknowledged.Chunk(1000))
        {
            var found = await Task.WhenAll(some.Select(async pair => (Number: pair.Key, Lost: (await store.Verifications.FindAsync(pair.Key))?.Sid != pair.Value.Sid)));
            lost.AddRange(found.Where(one => one.Lost).Select(one => one.Number));
        }

        Assert.True(failed > 0, "Nobody noticed that the master was gone.");
        Assert.Empty(lost);
    }

    /// <summary>What came while the replica was slow waits for half a minute, and until the next look at what was left: on a busy machine that may be what this test waits for.</summary>
    async Task UntilInHistoryAsync(RedisStore store, Sid verification, int checks)
    {
        for (var waited = Stopwatch.StartNew(); await ChecksInHistoryAsync(store, verification) != checks; await Task.Delay(50))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(90), "It does not reach PostgreSQL.");
    }

    async Task<int?> ChecksInHistoryAsync(RedisStore store, Sid verification)
    {
        await store.BringHistoryAsync();
        return (await _postgres.History.FindAsync([verification], CancellationToken.None)).SingleOrDefault()?.Checks;
    }

    [Fact]
    public async Task A_master_that_refuses_to_write_does_not_hold_up_the_messages_of_the_others()
    {
        var clock = new FakeTimeProvider();
        await using var store = await _home.OpenRedisAsync(_postgres.History, clock);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_cluster.Configuration);
        var masters = Enumerable.Range(0, RedisSettings.DefaultGroups).Select(MasterOf).ToList();
        var healthy = Enumerable.Range(0, 1000).First(number => !masters[GroupOf(number)].Equals(masters[0]));
        await redis.GetServer(masters[0]).ConfigSetAsync("min-replicas-to-write", "2");

        // This node gives no sign of life in the groups of that master, for so long that it must suppose to be taken for dead there.
        clock.Advance(TimeSpan.FromMinutes(1));
        var claim = store.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken).AsTask();
        await store.Verifications.SendAsync(healthy, Given.Verification(healthy, Desk.Opening));

        Assert.Equal(Given.Verification(healthy, Desk.Opening).To, Assert.Single(await claim).Verification.To);
        Assert.True((await store.Outbox.DepthAsync(CancellationToken.None)).Waiting >= 1);

        EndPoint MasterOf(int group)
        {
            var cluster = redis.GetServers()[0].ClusterConfiguration!;
            return cluster.GetBySlot(redis.GetHashSlot(_home.KeyOf(group, "o")))!.EndPoint!;
        }
    }

    [Fact]
    public async Task A_master_that_refuses_the_functions_keeps_them_from_no_other()
    {
        var clock = new FakeTimeProvider();
        await using var store = await _home.OpenRedisAsync(_postgres.History, clock);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_cluster.Configuration);
        var masters = redis.GetServers().Where(server => !server.IsReplica).ToList();
        foreach (var server in masters)
            await server.ExecuteAsync("FUNCTION", "FLUSH", "SYNC");
        await masters[0].ConfigSetAsync("min-replicas-to-write", "2");
        var healthy = Enumerable.Range(0, 1000).First(number => !MasterOf(GroupOf(number)).Equals(masters[0].EndPoint));

        // This node must give a sign of life before it claims.
        clock.Advance(TimeSpan.FromMinutes(1));
        var claim = store.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken).AsTask();
        await store.Verifications.SendAsync(healthy, Given.Verification(healthy, Desk.Opening));

        Assert.Equal(Given.Verification(healthy, Desk.Opening).To, Assert.Single(await claim).Verification.To);

        EndPoint MasterOf(int group) => redis.GetServers()[0].ClusterConfiguration!.GetBySlot(redis.GetHashSlot(_home.KeyOf(group, "o")))!.EndPoint!;
    }

    [Fact]
    public async Task A_master_that_hangs_holds_up_neither_claims_nor_history_of_the_others()
    {
        var clock = new FakeTimeProvider();
        await using var store = await _home.OpenRedisAsync(_postgres.History, clock);
        var hung = GroupOf(0);
        var (master, _, _) = await _cluster.OfAsync(_home.KeyOf(hung, "o"));
        var healthy = await ElsewhereAsync(hung);
        Signal(master, "STOP");
        try
        {
            // This node must give a sign of life before it claims, and the hung master takes none.
            clock.Advance(TimeSpan.FromMinutes(1));
            var waited = Stopwatch.StartNew();
            var claim = store.Outbox.ClaimAsync(10, TestContext.Current.CancellationToken).AsTask();
            await store.Verifications.SendAsync(healthy, Given.Verification(healthy, Desk.Opening));
            Assert.Single(await claim);
            await store.BringHistoryAsync();

            // A call to a server that hangs ends after 5 s; without this, each of the three took so long.
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4.5));
            Assert.NotNull(await _postgres.History.FindAsync([(await store.Verifications.FindAsync(healthy))!.Sid], TestContext.Current.CancellationToken));
        }
        finally
        {
            Signal(master, "CONT");
        }
    }

    [Fact]
    public async Task After_a_master_was_restarted_nobody_is_refused_because_of_a_link_that_died()
    {
        await using var store = await _home.OpenRedisAsync(_postgres.History);
        for (var i = 0; i < 200; i++)
            await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        var (master, _, number) = await _cluster.OfAsync(_home.KeyOf(GroupOf(0), "d"));

        master.Kill();
        await master.WaitForExitAsync();
        await _cluster.RestartAsync(number);
        await UntilAsync(async () =>
        {
            if ((await store.Outbox.DepthAsync(CancellationToken.None)).Away is not null)
                throw new StoreUnavailableException("Not yet.");
        });

        for (var i = 0; i < 50; i++)
            await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
    }

    [Fact]
    public async Task What_cannot_be_written_to_is_told_group_by_group()
    {
        await using var store = await _home.OpenRedisAsync(_postgres.History);
        var (_, replica, _) = await _cluster.OfAsync(_home.KeyOf(0, "d"));

        // On a busy machine a replica may not answer in time, once.
        await UntilAsync(async () =>
        {
            if ((await store.Outbox.DepthAsync(CancellationToken.None)).Away is not null)
                throw new StoreUnavailableException("Not yet.");
        });

        Signal(replica, "STOP");
        try
        {
            var away = (await store.Outbox.DepthAsync(CancellationToken.None)).Away!;

            Assert.False(away.IsAll);
            Assert.Equal(RedisSettings.DefaultGroups, away.Of);
            Assert.Contains("too few replicas: 0 of the 1", away.Why.Single(part => part.Key == 0).Value, StringComparison.Ordinal);
        }
        finally
        {
            Signal(replica, "CONT");
        }
    }

    /// <summary>A number whose group has another master than this group.</summary>
    async Task<int> ElsewhereAsync(int group)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_cluster.Configuration);
        var cluster = redis.GetServers()[0].ClusterConfiguration!;
        var masters = Enumerable.Range(0, RedisSettings.DefaultGroups).Select(each => cluster.GetBySlot(redis.GetHashSlot(_home.KeyOf(each, "o")))!.EndPoint!).ToList();
        return Enumerable.Range(0, 1000).First(number => !masters[GroupOf(number)].Equals(masters[group]));
    }

    static int GroupOf(int number) => VerificationStep.ShardOf(Given.Service, Given.Destination(number)) % RedisSettings.DefaultGroups;

    static Task WaitAsync(Func<bool> condition, string what) => WaitAsync(condition, () => what);

    static async Task WaitAsync(Func<bool> condition, Func<string> what)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), $"It did not come to that {what()}.");
    }

    /// <summary>On a busy machine a replica that has just been made may not answer in time, once.</summary>
    static async Task<Verification> StartedAsync(RedisStore store, int number)
    {
        var started = Given.Verification(number, Desk.Opening);
        await UntilAsync(() => store.Verifications.SendAsync(number, started));
        return started;
    }

    static async Task UntilAsync(Func<Task> action)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                await action();
                return;
            }
            catch (StoreUnavailableException) when (waited.Elapsed < TimeSpan.FromSeconds(30))
            {
                // Not yet.
            }
        }
    }

    static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }
}
