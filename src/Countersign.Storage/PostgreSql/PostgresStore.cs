using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>The store that many nodes share: one PostgreSQL database, and this node's part in it.</summary>
public sealed class PostgresStore : IAsyncDisposable
{
    /// <summary>Rows of the outbox that a node may number by itself: it takes so many at its start.</summary>
    internal const int IdBits = 32;

    readonly PostgresDatabase _database;
    readonly PostgresNode _node;
    readonly AttemptWriter _writer;
    readonly PostgresOutbox _outbox;
    readonly PostgresVerificationStore _verifications;

    PostgresStore(PostgresDatabase database, Partitions partitions, PostgresNode node, long firstId, Sealer sealer, TimeProvider time, ILogger logger)
    {
        (_database, _node) = (database, node);
        _writer = new AttemptWriter(database, partitions, _ => Task.FromResult<IReadOnlyList<AttemptRecord>>([]));
        _outbox = new PostgresOutbox(node, firstId, new OutboxClaims(database, node, sealer, logger), _writer, sealer, time, logger);
        _verifications = new PostgresVerificationStore(database, partitions, _outbox, sealer, time);
    }

    public IVerificationStore Verifications => _verifications;

    public IOutbox Outbox => _outbox;

    /// <summary>Opens the database, brings its schema up to date and joins its nodes.</summary>
    /// <exception cref="InvalidOperationException">It cannot be used as it is; the message says why.</exception>
    /// <exception cref="KeyRingException">It was written with another key ring.</exception>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public static Task<PostgresStore> OpenAsync(string connectionString, Sealer sealer, TimeProvider time, RandomSource random, ILoggerFactory? logging, CancellationToken ct) =>
        OpenAsync(connectionString, sealer, time, random, PostgresNode.DefaultLease, logging, ct);

    internal static async Task<PostgresStore> OpenAsync(
        string connectionString, Sealer sealer, TimeProvider time, RandomSource random, TimeSpan lease, ILoggerFactory? logging, CancellationToken ct)
    {
        var database = await PostgresDatabase.OpenAsync(connectionString, sealer.Ring, logging, ct);
        try
        {
            var partitions = new Partitions(database);
            await partitions.EnsureAheadAsync(time.GetUtcNow(), ct);
            var node = new PostgresNode(database, PostgresNode.NewId(random), lease);
            await node.StartAsync(ct);
            var logger = logging?.CreateLogger<PostgresStore>() ?? (ILogger)NullLogger.Instance;
            var store = new PostgresStore(database, partitions, node, await FirstIdAsync(database, ct), sealer, time, logger);
            await store._outbox.StartAsync(ct);
            return store;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Finishes what is under way, leaves the other nodes what was not sent, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _verifications.DisposeAsync();
        await _outbox.DisposeAsync();
        await _writer.DisposeAsync();
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
