using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>A slot on its way to another master: a part of its keys is here and a part there.</summary>
public sealed class RedisSlotMoveTests : IAsyncLifetime
{
    RedisCluster _cluster = null!;
    RedisHome _home = null!;
    PostgresStore _postgres = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static int Group => GroupOf(1);

    static int GroupOf(int number) => VerificationStep.ShardOf(Given.Service, Given.Destination(number)) % RedisSettings.DefaultGroups;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RedisCluster.StartAsync();
        _home = new RedisHome(_cluster) { Configure = settings => settings with { NodeLife = TimeSpan.FromSeconds(1) } };
        _postgres = await _home.OpenPostgresAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Neither_messages_nor_changes_are_taken_for_gone_while_a_slot_moves()
    {
        // One node that keeps a message and gives no sign any more, and one that would take it over.
        var clock = new FakeTimeProvider();
        await using var dead = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        await using var store = await _home.OpenRedisAsync(_postgres.History, clock);
        var started = await dead.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_cluster.Configuration);
        var move = await SlotMove.BeginAsync(redis, _home.KeyOf(Group, "o"));
        await move.TakeAsync([_home.KeyOf(Group, "o"), _home.KeyOf(Group, "c")]);
        await move.UntilGoneAsync(_home.KeyOf(Group, "n:*"));

        // Each time it gives a sign of life, takes over what it can, and sends on what came to other groups.
        foreach (var number in Enumerable.Range(2, 100).Where(number => GroupOf(number) != Group).Take(5))
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await store.BringHistoryAsync();
            var elsewhere = await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
            Assert.Equal(elsewhere.Attempts[0].Sid, Assert.Single(await store.Outbox.ClaimAsync(10, Ct)).Attempt.Sid);
        }

        await move.EndAsync();
        var claim = store.Outbox.ClaimAsync(10, Ct).AsTask();
        for (; !claim.IsCompleted; await Task.Delay(50, Ct))
            clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(started.Attempts[0].Sid, Assert.Single(await claim).Attempt.Sid);
        for (; (await _postgres.History.FindAsync([started.Sid], Ct)).Count == 0; await store.BringHistoryAsync())
            clock.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>What <c>redis-cli --cluster reshard</c> does to one slot, step by step.</summary>
    sealed class SlotMove(IServer from, IServer to, int slot)
    {
        public static async Task<SlotMove> BeginAsync(ConnectionMultiplexer redis, string key)
        {
            var (slot, cluster) = (redis.GetHashSlot(key), redis.GetServers()[0].ClusterConfiguration!);
            var from = cluster.GetBySlot(slot)!;
            var to = cluster.Nodes.First(node => !node.IsReplica && node.NodeId != from.NodeId);
            var move = new SlotMove(redis.GetServer(from.EndPoint!), redis.GetServer(to.EndPoint!), slot);
            await redis.GetServer(to.EndPoint!).ExecuteAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", from.NodeId);
            await redis.GetServer(from.EndPoint!).ExecuteAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", to.NodeId);
            return move;
        }

        public async Task TakeAsync(params IEnumerable<object> keys)
        {
            var target = (System.Net.IPEndPoint)to.EndPoint;
            await from.ExecuteAsync("MIGRATE", [target.Address.ToString(), target.Port, "", 0, 5000, "KEYS", .. keys]);
        }

        /// <summary>Waits until no such key is left where the slot comes from: until they have expired.</summary>
        public async Task UntilGoneAsync(string pattern)
        {
            while ((RedisResult[])(await from.ExecuteAsync("KEYS", pattern))! is { Length: > 0 })
                await Task.Delay(20);
        }

        public async Task EndAsync()
        {
            // What has expired is not moved, and goes a little later.
            while ((RedisResult[])(await from.ExecuteAsync("CLUSTER", "GETKEYSINSLOT", slot, 1000))! is { Length: > 0 } keys)
                await TakeAsync([.. keys.Select(key => (byte[])key!)]);
            var id = (string)(await to.ExecuteAsync("CLUSTER", "MYID"))!;
            foreach (var server in (IServer[])[to, from])
                await server.ExecuteAsync("CLUSTER", "SETSLOT", slot, "NODE", id);
        }
    }
}
