using Countersign.Adapters.Tests.Stores;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A database of its own on the shared server; gone with everything in it.</summary>
sealed class PostgresHome : StoreHome
{
    string? _database;

    public override async Task<OpenStore> OpenAsync()
    {
        _database ??= await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var db = await PostgresDatabase.OpenAsync(_database, Sealer.Ring, null, CancellationToken.None);
        var partitions = new Partitions(db);
        await partitions.EnsureAheadAsync(Time.GetUtcNow(), CancellationToken.None);
        var store = await PostgresRecords.OpenAsync(db, partitions, 1, Sealer, Time, null, CancellationToken.None);
        return new OpenStore(async () => { await store.DisposeAsync(); await db.DisposeAsync(); })
        {
            Verifications = null!,
            Outbox = null!,
            Services = store.Services,
            Accounts = store.Accounts,
            Attempts = store.Attempts,
            Alarms = store.Alarms,
            Carriers = store.Carriers,
            Templates = store.Templates,
            MessagingServices = store.MessagingServices,
            MessagingConfigurations = store.MessagingConfigurations,
        };
    }

    public override async ValueTask DisposeAsync()
    {
        if (_database is not null)
            await (await PostgresServer.SharedAsync()).DropDatabaseAsync(_database);
    }
}
