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
    readonly RedisHome _home = new();
    PostgresStore _postgres = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _postgres = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task A_damaged_verification_does_not_hold_up_the_others()
    {
        // No worker but this test: its clock stands still.
        await using var store = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        await store.BringHistoryAsync();
        var others = new List<Verification>();
        var damaged = await store.Verifications.SendAsync(0, Given.Verification(0, Desk.Opening));
        for (var number = 1; number < 20; number++)
            others.Add(await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening)));
        await CutAsync(damaged.Sid);

        await store.BringHistoryAsync();
        await store.BringHistoryAsync();

        var kept = (await _postgres.History.FindAsync([damaged.Sid, .. others.Select(verification => verification.Sid)], Ct)).Select(row => row.Sid);
        Assert.Equal(others.Select(verification => verification.Sid).Order(), kept.Order());
    }

    [Fact]
    public async Task What_only_a_newer_key_opens_waits_and_is_not_kept_without_being_counted()
    {
        var newer = new Sealer(Rings.WithKeys(2), RandomSource.System);
        await using var store = await RedisStore.OpenAsync(
            new RedisSettings { Configuration = (await RedisCluster.SharedAsync()).Configuration, Prefix = "newer" }, _postgres.History, _postgres.History, newer, RandomSource.System, _home.Time,
            new FakeTimeProvider());
        var started = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        for (var round = 0; round < 3; round++)
            await Record.ExceptionAsync(() => store.BringHistoryAsync());

        Assert.Empty(await _postgres.History.FindAsync([started.Sid], Ct));
        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.Database, "SELECT count(*) FROM rollup"));
    }

    /// <summary>Leaves of a verification in Redis what tells it, and no more.</summary>
    async Task CutAsync(Sid verification)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        var group = VerificationStep.ShardOf(Given.Service, Given.Destination(0)) % RedisSettings.DefaultGroups;
        var sid = new byte[16];
        verification.WriteTo(sid);
        byte[] place = [.. System.Text.Encoding.ASCII.GetBytes(_home.KeyOf(group, "v:")), .. sid];
        byte[] found = (await redis.GetDatabase().StringGetAsync(place))!;
        byte[] key = [.. System.Text.Encoding.ASCII.GetBytes(_home.KeyOf(group, "d:")), .. found];
        byte[] blob = (await redis.GetDatabase().StringGetAsync(key))!;
        await redis.GetDatabase().StringSetAsync(key, blob[..40], expiry: null, keepTtl: true);
    }
}
