using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Tries;
using Countersign.Core.Events;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Insight;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Routing;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>The store that many nodes share: one PostgreSQL database, and this node's part in it.</summary>
public sealed class PostgresStore : IStores, IAsyncDisposable
{
    /// <summary>Rows of the outbox that a node may number by itself: it takes so many at its start.</summary>
    internal const int IdBits = 32;

    readonly PostgresDatabase _database;
    readonly PostgresNode _node;
    readonly PostgresRecords _records;
    readonly AttemptWriter _writer;
    readonly AttemptWriter _sink;
    readonly PostgresOutbox _outbox;
    readonly PostgresVerificationStore _verifications;

    PostgresStore(
        PostgresDatabase database, Partitions partitions, PostgresNode node, PostgresRecords records, LivePlace live, long firstId, Sealer sealer, int maxWaiting, TimeProvider time, ILogger logger)
    {
        Live = live;
        GuardWire = new PostgresGuardWire(database, node);
        (_database, _node, _records) = (database, node, records);
        _writer = new AttemptWriter(database, partitions, attempts => records.Early.TakeEarlyAsync(attempts, CancellationToken.None), records.Slots.ForLane(), records.EventMaker, records.Events, sealer);
        _outbox = new PostgresOutbox(node, firstId, new OutboxClaims(database, node, sealer, time, logger), _writer, sealer, maxWaiting, time, logger);
        _verifications = new PostgresVerificationStore(database, partitions, _outbox, records.Slots, records.EventMaker, records.Events, sealer, time);
        _sink = new AttemptWriter(database, partitions, attempts => records.Early.TakeEarlyAsync(attempts, CancellationToken.None), records.Slots.ForLane(), records.EventMaker, records.Events, sealer);
        History = new PostgresHistory(database, partitions, _sink, sealer, records.Slots.ForLane(), records.EventMaker, records.Events, logger);
    }

    public IVerificationStore Verifications => _verifications;

    public IOutbox Outbox => _outbox;

    public IAccountStore Accounts => _records.Accounts;

    public IServiceStore Services => _records.Services;

    public IAttemptStore Attempts => _records.Attempts;

    public IAlarmStore Alarms => _records.Alarms;

    public IRegistry<CarrierDefinition> Carriers => _records.Carriers;

    public IRegistry<Route> Routes => _records.Routes;

    public IRegistry<StoredTemplate> Templates => _records.Templates;

    public IRegistry<MessagingService> MessagingServices => _records.MessagingServices;

    public IRegistry<MessagingConfiguration> MessagingConfigurations => _records.MessagingConfigurations;

    public IGuardWire GuardWire { get; }

    /// <summary>Whether another process has this database open, of whichever version.</summary>
    internal bool SeesOthers => _node.SeesOthers;

    public IRegistry<RateLimit> RateLimits => _records.RateLimits;

    public IRegistry<AccountGeoPermissions> GeoPermissions => _records.GeoPermissions;

    public IRegistry<NumberListPart> NumberLists => _records.NumberLists;

    public IRegistry<Webhook> Webhooks => _records.Webhooks;

    public IRegistry<EventSink> EventSinks => _records.EventSinks;

    public Subscriptions Subscriptions => _records.Subscriptions;

    public IEventStore Events => _records.Events;

    public IRegistry<PushCredential> PushCredentials => _records.PushCredentials;

    public IRegistry<TryRun> Tries => _records.Tries;

    public IRouteScoreStore RouteScores => _records.RouteScores;

    public IRollupStore Rollups => _records.Rollups;

    public IRefusedStartStore RefusedStarts => _records.RefusedStarts;

    public IRetention Retention => _records.Retention;

    public IEntityStore Entities => _records.Entities;

    /// <summary>The tables alone, for a store that keeps live verifications and the outbox elsewhere.</summary>
    internal PostgresHistory History { get; }

    /// <summary>Whether live verifications are here. Whoever opens this store to serve asks before anything is started.</summary>
    internal LivePlace Live { get; }

    public void OnCredentialChanged(Action<Sid> forget) => _records.Accounts.CredentialChanged += forget;

    public Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct) => _database.RunAsync(
        async connection =>
        {
            await using var take = new NpgsqlCommand($"SELECT pg_advisory_lock({AdvisoryLocks.FirstCredentials})", connection);
            await take.ExecuteNonQueryAsync(ct);
            try
            {
                // Whoever had the lock before has left something that this node may not have heard of yet.
                await _records.ReloadAsync();
                return await work();
            }
            finally
            {
                await using var give = new NpgsqlCommand($"SELECT pg_advisory_unlock({AdvisoryLocks.FirstCredentials})", connection);
                await give.ExecuteNonQueryAsync(CancellationToken.None);
            }
        },
        ct);

    /// <summary>Opens the database, brings its schema up to date and joins its nodes.</summary>
    /// <exception cref="StoreRefusedException">It cannot be used as it is; the message says why.</exception>
    /// <exception cref="KeyRingException">It was written with another key ring.</exception>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public static Task<PostgresStore> OpenAsync(string connectionString, Sealer sealer, TimeProvider time, RandomSource random, ILoggerFactory? logging, CancellationToken ct) =>
        OpenAsync(connectionString, sealer, time, random, PostgresNode.DefaultLease, logging, ct);

    internal static Task<PostgresStore> OpenAsync(
        string connectionString, Sealer sealer, TimeProvider time, RandomSource random, TimeSpan lease, ILoggerFactory? logging, CancellationToken ct) =>
        OpenAsync(connectionString, sealer, time, random, lease, Backlog.MaxMessages, logging, ct);

    /// <summary>The same, with a bound of one's own for messages without an outcome (<see cref="Backlog"/>).</summary>
    internal static async Task<PostgresStore> OpenAsync(
        string connectionString, Sealer sealer, TimeProvider time, RandomSource random, TimeSpan lease, int maxWaiting, ILoggerFactory? logging, CancellationToken ct)
    {
        var database = await PostgresDatabase.OpenAsync(connectionString, sealer.Ring, time, logging, ct);
        PostgresRecords? records = null;
        try
        {
            var partitions = new Partitions(database);
            await partitions.EnsureAheadAsync(time.GetUtcNow(), ct);
            var node = new PostgresNode(database, PostgresNode.NewId(random), lease);
            await node.StartAsync(ct);
            var logger = logging?.CreateLogger<PostgresStore>() ?? (ILogger)NullLogger.Instance;
            var firstId = await FirstIdAsync(database, ct);
            records = await PostgresRecords.OpenAsync(database, partitions, node.Id, sealer, time, logging, ct);
            var store = new PostgresStore(database, partitions, node, records, new LivePlace(database, node, random, time, logger), firstId, sealer, maxWaiting, time, logger);
            await store._outbox.StartAsync(ct);
            return store;
        }
        catch
        {
            if (records is not null)
            {
                await records.DisposeAsync();
            }

            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>The first account of a database and its first service; null where there is none.</summary>
    public static async Task<(Account? Account, Sid? Service)> ReadFirstAsync(string connectionString, Sealer sealer, CancellationToken ct)
    {
        await using var store = await OpenAsync(connectionString, sealer, TimeProvider.System, RandomSource.System, null, ct);
        if (await store.Accounts.FirstAccountAsync(ct) is not { } account)
        {
            return default;
        }

        return (account, (await store.Services.FirstAsync(account.Sid, ct))?.Sid);
    }

    /// <summary>Finishes what is under way, leaves the other nodes what was not sent, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _verifications.CloseAsync();
        await _writer.DisposeAsync();
        await _sink.DisposeAsync();
        await _records.DisposeAsync();
        await _node.DisposeAsync();
        await _database.DisposeAsync();
    }

    static Task<long> FirstIdAsync(PostgresDatabase database, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            await using var next = new NpgsqlCommand("SELECT nextval('outbox_block')", connection);
            return (long)(await next.ExecuteScalarAsync(ct))! << IdBits;
        },
        ct);
}
