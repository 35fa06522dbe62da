using System.Diagnostics;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Messages of a dead node that the one which took them over cannot read yet: they wait, and nothing else does.</summary>
public sealed class UnreadMessagesTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    RedisCluster _cluster = null!;
    RedisHome _home = null!;
    PostgresStore _postgres = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RedisCluster.StartAsync();
        _home = new RedisHome(_cluster) { Configure = settings => settings with { NodeLife = TimeSpan.FromSeconds(2) } };
        _postgres = await _home.OpenPostgresAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task What_only_a_newer_key_opens_waits_for_it_and_all_else_goes_out()
    {
        await using var dead = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider(), new Sealer(Rings.WithKeys(2), RandomSource.System));
        var sealedAnew = await SendAsync(dead, Enumerable.Range(0, 30));
        var (ring, hasNewKey) = (Rings.WithKeys(1), false);
        ring.WhenMissing(() => Volatile.Read(ref hasNewKey) ? Rings.WithKeys(2) : null);
        await using var alive = await _home.OpenRedisAsync(_postgres.History, sealer: new Sealer(ring, RandomSource.System));
        await UntilWaitingAsync(alive, sealedAnew.Count);

        for (var number = 100; number < 120; number++)
            Assert.Equal(await SendAsync(alive, [number]), await ClaimAsync(alive, 1));

        Volatile.Write(ref hasNewKey, true);
        Assert.Equal(sealedAnew.Order(), (await ClaimAsync(alive, sealedAnew.Count)).Order());
        await AssertNothingMoreAsync(alive, 200);
    }

    [Fact]
    public async Task What_a_master_has_that_hangs_waits_for_it_and_all_else_goes_out()
    {
        await using var dead = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        var (master, replica, _) = await _cluster.OfAsync(_home.KeyOf(GroupOf(0), "o"));
        var hung = await GroupsOfAsync(master);
        var numbers = Enumerable.Range(0, 40).ToList();
        var sent = await SendAsync(dead, numbers);
        var waits = sent.Where((_, number) => hung.Contains(GroupOf(number))).ToList();
        await using var alive = await _home.OpenRedisAsync(_postgres.History);
        await UntilWaitingAsync(alive, sent.Count);

        Signal(master, "STOP");
        try
        {
            // No replica takes its place meanwhile, so that it is away for as long as this takes.
            Signal(replica, "STOP");
            Assert.Equal(sent.Except(waits).Order(), (await ClaimAsync(alive, sent.Count - waits.Count)).Order());
            foreach (var number in Enumerable.Range(100, 1000).Where(number => !hung.Contains(GroupOf(number))).Take(5))
                Assert.Equal(await SendAsync(alive, [number]), await ClaimAsync(alive, 1));
        }
        finally
        {
            Signal(replica, "CONT");
            Signal(master, "CONT");
        }

        // Some may come twice: this node gave no sign of life there, and takes over from itself.
        var rest = new HashSet<Sid>();
        while (rest.Count < waits.Count)
            rest.UnionWith(await ClaimAsync(alive, 1));
        Assert.Equal(waits.Order(), rest.Order());
    }

    static async Task<List<Sid>> SendAsync(RedisStore store, IEnumerable<int> numbers)
    {
        var started = await Task.WhenAll(numbers.Select(number => store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening.AddMilliseconds(number)))));
        return [.. started.Select(verification => verification.Attempts[0].Sid)];
    }

    static async Task<List<Sid>> ClaimAsync(RedisStore store, int count)
    {
        var claimed = new List<Sid>();
        while (claimed.Count < count)
            claimed.AddRange((await store.Outbox.ClaimAsync(count - claimed.Count, Ct).AsTask().WaitAsync(Patience, Ct)).Select(item => item.Attempt.Sid));
        return claimed;
    }

    /// <summary>What is sent next is what is claimed next.</summary>
    static async Task AssertNothingMoreAsync(RedisStore store, int number) => Assert.Equal(await SendAsync(store, [number]), await ClaimAsync(store, 1));

    static async Task UntilWaitingAsync(RedisStore store, int count)
    {
        for (var waited = Stopwatch.StartNew(); (await store.Outbox.DepthAsync(Ct)).Waiting < count; await Task.Delay(20, Ct))
            Assert.True(waited.Elapsed < Patience, "They were not taken over.");
    }

    async Task<HashSet<int>> GroupsOfAsync(Process master)
    {
        var groups = new HashSet<int>();
        for (var group = 0; group < RedisSettings.DefaultGroups; group++)
        {
            if ((await _cluster.OfAsync(_home.KeyOf(group, "o"))).Master.Id == master.Id)
                groups.Add(group);
        }

        return groups;
    }

    static int GroupOf(int number) => VerificationStep.ShardOf(Given.Service, Given.Destination(number)) % RedisSettings.DefaultGroups;

    static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }
}
