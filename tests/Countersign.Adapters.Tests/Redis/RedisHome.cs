using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Insight;
using Countersign.Core.Privacy;
using Countersign.Storage.History;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Keys of their own on a cluster, and a database of its own.</summary>
sealed class RedisHome(RedisCluster? cluster = null) : StoreHome
{
    static int _homes;

    readonly string _prefix = $"t{Interlocked.Increment(ref _homes)}";
    string? _database;

    /// <summary>Changes to the settings that stores are opened with.</summary>
    public Func<RedisSettings, RedisSettings> Configure { get; set; } = settings => settings;

    /// <summary>The database, once a store was opened.</summary>
    public string Database => _database!;

    /// <summary>Makes the database, with nothing in it yet, where there is none.</summary>
    public async Task MakeDatabaseAsync() => _database ??= await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    /// <param name="settings">What its connection string says beside the database's own.</param>
    public async Task<PostgresStore> OpenPostgresAsync(string settings = "")
    {
        await MakeDatabaseAsync();
        return await PostgresStore.OpenAsync(Database + settings, Sealer, Time, RandomSource.System, PostgresHome.Lease, null, CancellationToken.None);
    }

    /// <summary>One more node, with a key ring of its own if <paramref name="sealer"/> says so.</summary>
    public async Task<RedisStore> OpenRedisAsync<THistory>(THistory history, TimeProvider? clock = null, Sealer? sealer = null)
        where THistory : IVerificationHistory, IAttemptSink
    {
        var servers = await (cluster is null ? RedisCluster.SharedAsync() : Task.FromResult(cluster));
        return await RedisStore.OpenAsync(
            Configure(new RedisSettings { Configuration = servers.Configuration, Prefix = _prefix }), history, history, sealer ?? Sealer, RandomSource.System, Time, clock);
    }

    /// <summary>The full name of a key of a group.</summary>
    public string KeyOf(int group, string name) => $"{{{_prefix}:{group}}}:{name}";

    public override async Task<OpenStore> OpenAsync()
    {
        var postgres = await OpenPostgresAsync();
        var store = await OpenRedisAsync(postgres.History);
        return new OpenStore(async () =>
        {
            await store.DisposeAsync();
            await postgres.DisposeAsync();
        })
        {
            Verifications = store.Verifications,
            Outbox = store.Outbox,
            Services = postgres.Services,
            Accounts = postgres.Accounts,
            Attempts = postgres.Attempts,
            Alarms = store.Alarms,
            Carriers = postgres.Carriers,
            Templates = postgres.Templates,
            MessagingServices = postgres.MessagingServices,
            MessagingConfigurations = postgres.MessagingConfigurations,
            RateLimits = postgres.RateLimits,
            GeoPermissions = postgres.GeoPermissions,
            NumberLists = postgres.NumberLists,
            Webhooks = postgres.Webhooks,
            EventSinks = postgres.EventSinks,
            PushCredentials = postgres.PushCredentials,
            Events = postgres.Events,
            Subscriptions = postgres.Subscriptions,
            BringAsync = async () =>
            {
                while (await store.BringHistoryAsync())
                {
                }
            },
            Rollups = new RollupsWithHistory(store, postgres.Rollups),
            Retention = postgres.Retention,
        };
    }

    public override async ValueTask DisposeAsync()
    {
        if (_database is not null)
            await (await PostgresServer.SharedAsync()).DropDatabaseAsync(_database);
    }

    /// <summary>What is counted comes with the history: it is brought before it is read, which happens by itself within a second.</summary>
    sealed class RollupsWithHistory(RedisStore store, IRollupStore rollups) : IRollupStore
    {
        public async Task<RollupPage> ReadAsync(RollupQuery query, CancellationToken ct)
        {
            while (await store.BringHistoryAsync())
            {
                // There is more.
            }

            return await rollups.ReadAsync(query, ct);
        }
    }
}
