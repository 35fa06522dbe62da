using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Storage;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Servers that do not agree on where live verifications are would know nothing of each other's: who comes second does not start.</summary>
public sealed class LivePlaceTests : IAsyncLifetime
{
    static int _prefixes;

    readonly PostgresHome _home = new();
    readonly string _prefix = $"live{Interlocked.Increment(ref _prefixes)}";
    RedisCluster _redis = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    RedisSettings Settings => new() { Configuration = _redis.Configuration, Prefix = _prefix };

    public async ValueTask InitializeAsync() => _redis = await RedisCluster.SharedAsync();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Without_Redis_a_server_refuses_a_database_that_is_used_with_it()
    {
        await using (await WithRedisAsync())
        {
        }

        var problem = await Assert.ThrowsAsync<StoreRefusedException>(WithoutRedisAsync);
        Assert.Contains("Countersign:Redis is not set", problem.Message, StringComparison.Ordinal);
        await using var again = await WithRedisAsync();
    }

    [Fact]
    public async Task Redis_is_refused_while_verifications_are_pending_in_PostgreSQL_and_then_taken()
    {
        await using (var alone = await WithoutRedisAsync())
        {
            await alone.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        }

        var problem = await Assert.ThrowsAsync<StoreRefusedException>(WithRedisAsync);
        Assert.Contains("1 verifications are pending", problem.Message, StringComparison.Ordinal);

        _home.Time.Advance(TimeSpan.FromMinutes(11));
        await using (await WithRedisAsync())
        {
        }

        await Assert.ThrowsAsync<StoreRefusedException>(WithoutRedisAsync);
    }

    [Fact]
    public async Task Redis_is_refused_while_a_server_without_it_runs()
    {
        await using var alone = await WithoutRedisAsync();

        var problem = await Assert.ThrowsAsync<StoreRefusedException>(WithRedisAsync);

        Assert.Contains("1 other server(s) run", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_Redis_is_refused_while_servers_run_and_an_emptied_one_taken_when_none_does()
    {
        var elsewhere = Settings with { Prefix = _prefix + "x" };
        await using (await WithRedisAsync())
        {
            var problem = await Assert.ThrowsAsync<StoreRefusedException>(() => WithRedisAsync(elsewhere));
            Assert.Contains("another Redis", problem.Message, StringComparison.Ordinal);
        }

        await using (await WithRedisAsync(elsewhere))
        {
        }
    }

    [Fact]
    public async Task The_Redis_of_another_database_is_refused()
    {
        await using (await WithRedisAsync())
        {
        }

        await using var other = new PostgresHome();
        var problem = await Assert.ThrowsAsync<StoreRefusedException>(async () => await OpenAsync(await other.OpenPostgresAsync(), Settings));

        Assert.Contains("of another database", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_that_start_together_on_empty_stores_agree()
    {
        var records = new[] { await _home.OpenPostgresAsync(), await _home.OpenPostgresAsync(), await _home.OpenPostgresAsync() };

        var stores = await Task.WhenAll(records.Select(each => OpenAsync(each, Settings)));

        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_Redis_that_servers_of_the_version_before_have_used_is_taken_while_they_run()
    {
        await using var before = await _home.OpenPostgresAsync();
        await using (await RedisStore.OpenAsync(Settings, before.History, before.History, _home.Sealer, RandomSource.System, _home.Time))
        {
        }

        await using var upgraded = await WithRedisAsync();
    }

    [Fact]
    public async Task The_operator_moves_them_there_and_back_when_no_server_runs()
    {
        await using (var alone = await WithoutRedisAsync())
        {
            await alone.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
            await Assert.ThrowsAsync<StoreRefusedException>(() => MoveAsync(Settings));
        }

        await MoveAsync(Settings);
        await using (await WithRedisAsync())
        {
        }

        await MoveAsync(null);
        await using (await WithoutRedisAsync())
        {
        }
    }

    Task MoveAsync(RedisSettings? redis) => LiveMove.RunAsync(_home.ConnectionString, redis, _home.Sealer, Ct);

    async Task<PostgresStore> WithoutRedisAsync()
    {
        var store = await _home.OpenPostgresAsync();
        try
        {
            await store.Live.KeepHereAsync(move: false, Ct);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    Task<RedisStores> WithRedisAsync() => WithRedisAsync(Settings);

    async Task<RedisStores> WithRedisAsync(RedisSettings settings) => await OpenAsync(await _home.OpenPostgresAsync(), settings);

    Task<RedisStores> OpenAsync(PostgresStore records, RedisSettings settings) => RedisStores.OpenAsync(settings, records, _home.Sealer, RandomSource.System, _home.Time, null);
}
