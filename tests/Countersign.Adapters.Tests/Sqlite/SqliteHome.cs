using Countersign.Adapters.Tests.Stores;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>A directory of its own for the embedded store.</summary>
public sealed class SqliteHome : StoreHome
{
    /// <summary>The data directory.</summary>
    public string Directory { get; private set; } = System.IO.Directory.CreateTempSubdirectory("countersign-store-").FullName;

    public string DatabasePath => Path.Combine(Directory, "countersign.db");

    /// <summary>The store itself, where a test needs more than its ports.</summary>
    public SqliteStore OpenSqlite() => SqliteStore.Open(Directory, Sealer, Time);

    public override async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    public override Task<OpenStore> OpenAsync()
    {
        var store = OpenSqlite();
        return Task.FromResult(new OpenStore(() =>
        {
            store.Dispose();
            return ValueTask.CompletedTask;
        })
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
        });
    }

    /// <summary>Moves to a copy of the files as they are now, which is all that a killed process leaves. No write may be under way.</summary>
    public void Crash()
    {
        var next = System.IO.Directory.CreateTempSubdirectory("countersign-store-").FullName;
        foreach (var file in new[] { "countersign.db", "countersign.db-wal" })
        {
            if (File.Exists(Path.Combine(Directory, file)))
                File.Copy(Path.Combine(Directory, file), Path.Combine(next, file));
        }

        Abandoned.Add(Directory);
        Directory = next;
    }

    public override ValueTask DisposeAsync()
    {
        foreach (var directory in Abandoned.Append(Directory))
            System.IO.Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    List<string> Abandoned { get; } = [];
}
