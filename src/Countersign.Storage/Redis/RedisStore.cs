using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.Steps;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Storage.Redis;

/// <summary>Live verifications, their messages and alarms in Redis or Valkey, one server or a cluster. All else is in PostgreSQL, and so is, in the end, their history.</summary>
public sealed partial class RedisStore : IAsyncDisposable
{
    readonly RedisDatabase _database;
    readonly RedisOutbox _outbox;
    readonly RedisAlarmStore _alarms;
    readonly RedisHistory _history;
    readonly RedisStepBackend _backend;
    readonly StepPump _pump;

    RedisStore(
        RedisDatabase database, IVerificationHistory history, IAttemptSink attempts, Sealer sealer, RandomSource random, TimeProvider time, TimeProvider clock, ILogger<RedisStore> logger,
        Func<bool>? seesOthers)
    {
        _database = database;
        database.Emptied = group => LogEmptied(logger, group);
        _history = new RedisHistory(database, history, random, clock, logger);
        _outbox = new RedisOutbox(database, attempts, new RedisReader(database, history, sealer, logger), sealer, random, time, clock, logger);
        _alarms = new RedisAlarmStore(database, time);
        _backend = new RedisStepBackend(database, _outbox, _history, history, sealer, time, clock);
        _pump = new StepPump(_backend, time);
        Verifications = new PumpedVerifications(_pump);
        GuardWire = database.NewGuardWire(seesOthers);
    }

    public IVerificationStore Verifications { get; }

    public IOutbox Outbox => _outbox;

    public IAlarmStore Alarms => _alarms;

    /// <summary>Between the nodes over these servers.</summary>
    public IGuardWire GuardWire { get; }

    /// <summary>Entries of history that PostgreSQL has not got yet.</summary>
    public long HistoryWaiting => _history.Waiting;

    /// <summary>
    /// Opens the store. <paramref name="time"/> is the clock of verifications; <paramref name="clock"/> that of connections and signs of life, which Redis measures as well:
    /// the machine's own, whatever a test does with the other one. <paramref name="claim"/> is asked before anything is written, and throws where this is not the Redis to use.
    /// <paramref name="seesOthers"/> says whether other nodes run, whatever is heard of them here; without it that is not known.
    /// </summary>
    /// <exception cref="RedisSettingsException">The settings are wrong, or not those that the store was made with.</exception>
    /// <exception cref="StoreUnavailableException">No server answers.</exception>
    internal static async Task<RedisStore> OpenAsync(
        RedisSettings settings, IVerificationHistory history, IAttemptSink attempts, Sealer sealer, RandomSource random, TimeProvider time, TimeProvider? clock = null,
        ILogger<RedisStore>? logger = null, Func<INamedPlace, Task>? claim = null, Func<bool>? seesOthers = null)
    {
        var database = await RedisDatabase.OpenAsync(settings, claim);
        RedisStore? store = null;
        try
        {
            store = new RedisStore(database, history, attempts, sealer, random, time, clock ?? TimeProvider.System, logger ?? NullLogger<RedisStore>.Instance, seesOthers);
            await store._outbox.StartAsync();
            if (settings.Replicas == 0)
            {
                LogNoReplicas(logger ?? NullLogger<RedisStore>.Instance);
            }

            if (await database.UnsafeAsync() is { Count: > 0 } unsafeServers)
            {
                LogUnsafe(logger ?? NullLogger<RedisStore>.Instance, string.Join("; ", unsafeServers.Select(server => $"{server.Server}: {server.Setting}")));
            }

            if ((await store._outbox.DepthAsync(CancellationToken.None)).Away is { } away)
            {
                LogAway(logger ?? NullLogger<RedisStore>.Instance, string.Join("; ", away.Why.Select(part => $"group {part.Key}: {part.Value}")));
            }

            store._history.Start();
            return store;
        }
        catch
        {
            if (store is null)
            {
                await database.DisposeAsync();
            }
            else
            {
                await store.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Brings a batch of history to PostgreSQL now, which happens by itself as well. True when there is more.</summary>
    internal Task<bool> BringHistoryAsync() => _history.RunOnceAsync();

    /// <summary>Ends what was begun, and leaves to the other nodes at once what is not sent yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pump.DisposeAsync();
        _backend.Dispose();
        await _history.DisposeAsync();
        await _outbox.CloseAsync();
        try
        {
            await _alarms.LeaveAsync();
        }
        catch (StoreUnavailableException)
        {
            // They ring elsewhere when the claim is over.
        }

        await _database.DisposeAsync();
    }

    [LoggerMessage(3321, LogLevel.Warning, "Countersign:RedisReplicas is 0: what was acknowledged is lost with the server of Redis that has it")]
    static partial void LogNoReplicas(ILogger logger);

    [LoggerMessage(3323, LogLevel.Warning, "Redis may lose what was acknowledged, by its own settings ({Servers}): codes that people wait for and messages that are not sent. Set appendonly yes and maxmemory-policy noeviction on every server")]
    static partial void LogUnsafe(ILogger logger, string servers);

    [LoggerMessage(3332, LogLevel.Error, "Group {Group} of Redis came back empty: a server lost its data. What was pending there is forgotten, and messages that had not been sent are lost")]
    static partial void LogEmptied(ILogger logger, int group);

    [LoggerMessage(3322, LogLevel.Error, "Redis cannot be written to as it is set, and what it would keep is answered 503 ({Away}). A single server without replicas needs Countersign:RedisReplicas=0; in a cluster each master needs as many replicas as that says")]
    static partial void LogAway(ILogger logger, string away);

    sealed class PumpedVerifications(StepPump pump) : IVerificationStore
    {
        public Task ApplyAsync(VerificationStep step, CancellationToken ct) => pump.ApplyAsync(step, ct);
    }
}
