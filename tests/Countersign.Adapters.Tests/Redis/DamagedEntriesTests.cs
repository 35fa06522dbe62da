using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Entries of the outbox that are not what an entry is: they are dropped, and hold up nothing.</summary>
public sealed class DamagedEntriesTests : IAsyncLifetime
{
    // The length of a code that is not there.
    static readonly byte[] Damaged = [.. new byte[OutboxMessages.Head], 0, 9, 1, 2, 3];

    readonly RedisHome _home = new();
    PostgresStore _postgres = null!;
    ConnectionMultiplexer _redis = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    static int Group => VerificationStep.ShardOf(Given.Service, Given.Destination(1)) % RedisSettings.DefaultGroups;

    RedisKey Stream => _home.KeyOf(Group, "o");

    public async ValueTask InitializeAsync()
    {
        _postgres = await _home.OpenPostgresAsync();
        _redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task One_that_is_taken_over_holds_up_neither_signs_of_life_nor_messages()
    {
        var data = _redis.GetDatabase();
        Sid left;
        await using (var stops = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider()))
        {
            left = await SendAsync(stops);
            await data.StreamAddAsync(Stream, "m", Damaged);
            await data.StreamReadGroupAsync(Stream, "nodes", "gone", ">", 10);
        }

        await using var alive = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());

        Assert.Equal(left, await ClaimAsync(alive));
        Assert.Equal(1, await data.StreamLengthAsync(Stream));
    }

    [Fact]
    public async Task One_that_is_read_ahead_holds_up_no_others()
    {
        var data = _redis.GetDatabase();
        await using var dead = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        await SendAsync(dead);
        var readable = await SendAsync(dead, atSecond: 1);
        var entries = await data.StreamRangeAsync(Stream);
        await data.StreamClaimAsync(Stream, "nodes", "gone", 0, [.. entries.Select(entry => entry.Id)]);
        await using var alive = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        Assert.Equal(2, (await alive.Outbox.DepthAsync(Ct)).Waiting);
        await data.KeyDeleteAsync(Stream);
        await data.StreamAddAsync(Stream, "m", Damaged, entries[0].Id);
        await data.StreamAddAsync(Stream, "m", entries[1].Values[0].Value, entries[1].Id);

        Assert.Equal(readable, await ClaimAsync(alive));
        Assert.Equal(1, (await alive.Outbox.DepthAsync(Ct)).Waiting);
    }

    static async Task<Sid> SendAsync(RedisStore store, int atSecond = 0) =>
        (await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening.AddSeconds(atSecond)))).Attempts[0].Sid;

    static async Task<Sid> ClaimAsync(RedisStore store) =>
        Assert.Single(await store.Outbox.ClaimAsync(10, Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct)).Attempt.Sid;
}
