using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A database of its own on the shared server; gone with everything in it.</summary>
sealed class PostgresHome : StoreHome
{
    /// <summary>After so long a node that says nothing is dead: short, so that a test can wait for it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    string? _database;

    /// <summary>The database, once a store was opened.</summary>
    public string ConnectionString => _database!;

    public override async Task<OpenStore> OpenAsync()
    {
        var store = await OpenPostgresAsync();
        return new OpenStore(store.DisposeAsync)
        {
            Verifications = store.Verifications,
            Outbox = store.Outbox,
            Services = store.Services,
            Accounts = store.Accounts,
            Attempts = store.Attempts,
            Alarms = store.Alarms,
            Rollups = store.Rollups,
            RefusedStarts = store.RefusedStarts,
            Retention = store.Retention,
            Entities = store.Entities,
            Carriers = store.Carriers,
            Templates = store.Templates,
            MessagingServices = store.MessagingServices,
            MessagingConfigurations = store.MessagingConfigurations,
            RateLimits = store.RateLimits,
            GeoPermissions = store.GeoPermissions,
            NumberLists = store.NumberLists,
            Webhooks = store.Webhooks,
            EventSinks = store.EventSinks,
            PushCredentials = store.PushCredentials,
            Events = store.Events,
            Subscriptions = store.Subscriptions,
        };
    }

    /// <summary>Makes the database, with nothing in it yet, where there is none.</summary>
    public async Task MakeDatabaseAsync() => _database ??= await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public override async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>One more node on the same database.</summary>
    /// <param name="ring">A key ring of its own; null for the others'.</param>
    /// <param name="logging">Where its lines go; null for nowhere.</param>
    /// <param name="settings">What its connection string says beside the others'.</param>
    public async Task<PostgresStore> OpenPostgresAsync(KeyRing? ring = null, ILoggerFactory? logging = null, string settings = "")
    {
        await MakeDatabaseAsync();
        var sealer = ring is null ? Sealer : new Sealer(ring, RandomSource.System);
        return await PostgresStore.OpenAsync(ConnectionString + settings, sealer, Time, RandomSource.System, Lease, logging, CancellationToken.None);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_database is not null)
            await (await PostgresServer.SharedAsync()).DropDatabaseAsync(_database);
    }
}
