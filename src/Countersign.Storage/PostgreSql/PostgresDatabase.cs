using System.Data.Common;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>The database of all nodes: connections, and a schema that is up to date and belongs to the key ring.</summary>
sealed class PostgresDatabase : IAsyncDisposable
{
    /// <summary>What the planner must not choose on the hot lanes: their statements are all look-ups by key, whatever the statistics of a table that is empty or new say.</summary>
    const string LaneOptions = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan";

    /// <summary>
    /// No statement is compiled to machine code: all are short, and the planner, which guesses too many rows for arrays, compiled the look for free messages anew each second, for half a second of a core.
    /// </summary>
    /// <remarks>And the isolation that all statements are written for, whatever the role or the database has for its own: a stricter one refuses what meets.</remarks>
    const string Options = @"-c jit=off -c default_transaction_isolation=read\ committed";

    /// <summary>The connections that this node's own work holds for long, and one for whoever is served.</summary>
    const int SmallestPool = 3;

    /// <summary>How soon connections that cannot write are given up again.</summary>
    static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);

    const int OldestServer = 15;

    /// <summary>Changes of configuration that a node makes at a time. More would wait for each other's locks, each with a connection.</summary>
    const int ChangesAtATime = 4;

    /// <summary>Notifications are of the moment: their commit, which writes nothing that anybody misses, does not wait for the disk.</summary>
    const string SignalOptions = "-c synchronous_commit=off";

    /// <summary>Callers that may be at the database at a time, or wait for a connection to it. One more is refused at once: they would fill the queue that this node's own work waits in, too.</summary>
    internal const int MostServed = 1024;

    /// <summary>Changes of configuration that wait for their turn, at the most.</summary>
    internal const int MostChanging = 8192;

    /// <summary>How long they wait while none of them is done: a database that answers at all does one long before.</summary>
    static readonly TimeSpan LongestStandstill = TimeSpan.FromSeconds(5);

    readonly NpgsqlDataSource _lanes, _signals, _apart;
    readonly ConnectGate _gate = new(TimeProvider.System);
    readonly IdleConnections _idle;
    readonly SemaphoreSlim _changing = new(ChangesAtATime);
    int _served, _waitingForTurn;

    // When the last change of configuration was done, in milliseconds of the machine.
    long _changedAt;

    // When the connections were given up, 0 for never.
    long _renewedAt;

    PostgresDatabase(NpgsqlDataSource source, NpgsqlDataSource lanes, NpgsqlDataSource signals, NpgsqlDataSource apart, TimeProvider time) =>
        (Source, _lanes, _signals, _apart, _idle) = (source, lanes, signals, apart, new IdleConnections(time));

    /// <summary>Connections for everything that is not hot.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Opens the database and brings its schema up to this version.</summary>
    /// <exception cref="StoreRefusedException">It cannot be used as it is; the message says why.</exception>
    /// <exception cref="KeyRingException">It was written with another key ring.</exception>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public static async Task<PostgresDatabase> OpenAsync(string connectionString, KeyRing ring, TimeProvider time, ILoggerFactory? logging, CancellationToken ct)
    {
        var settings = Settings(connectionString);
        var database = new PostgresDatabase(Build(settings, logging), Build(Lane(settings), logging), Build(Signal(settings), logging), Build(Apart(settings), logging), time);
        try
        {
            await database.TryAsync(ct);
            await database.RunAsync(
                async connection =>
                {
                    await CheckServerAsync(connection, ct);
                    await PostgresMigrations.RunAsync(connection, ring, logging?.CreateLogger<PostgresStore>() ?? (ILogger)NullLogger.Instance, ct);
                },
                ct);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection that its holder keeps for long.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken ct) => OpenAsync(Source, ct);

    /// <summary>A connection with the settings of the hot path. Its holder keeps it, and comes here with it before each use: one that died meanwhile is replaced.</summary>
    /// <param name="held">What the holder has had so far; null for none.</param>
    /// <param name="ct">Ends the opening.</param>
    public async ValueTask<NpgsqlConnection> TakeLaneAsync(NpgsqlConnection? held, CancellationToken ct)
    {
        if (held is null)
        {
            return await _gate.OpenAsync(_lanes, ct);
        }

        return await _idle.AnswersAsync(held) ? held : await ReplaceAsync(held, _lanes, ct);
    }

    /// <summary>A lane's connection has just answered.</summary>
    public void Used(NpgsqlConnection lane) => _idle.Used(lane);

    /// <summary>A lane's connection broke: the others are looked at before they are used.</summary>
    public void Doubt() => _idle.Doubt();

    /// <summary>
    /// A statement failed, and its connection is back where it came from. A session that was read-only when it began stays so, although the database is not any more, or the name leads to
    /// another server by now: then all are made anew, so that no node stays behind a primary that it could write to.
    /// </summary>
    public void Failed(NpgsqlException problem)
    {
        if (problem.IsOfConnection() || problem.IsOfReadOnlySession())
        {
            _idle.Doubt();
        }

        var renewedAt = Volatile.Read(ref _renewedAt);
        if (!problem.IsOfReadOnlySession() || (renewedAt != 0 && TimeProvider.System.GetElapsedTime(renewedAt) < RenewEvery)
            || Interlocked.CompareExchange(ref _renewedAt, TimeProvider.System.GetTimestamp(), renewedAt) != renewedAt)
        {
            return;
        }

        foreach (var source in (ReadOnlySpan<NpgsqlDataSource>)[Source, _lanes, _signals, _apart])
        {
            source.Clear();
        }
    }

    /// <summary>Does something over a connection from the pool.</summary>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct) => RunOnAsync(Source, work, ct);

    /// <summary>Does something for a caller over a connection from the pool.</summary>
    /// <exception cref="StoreOverloadedException">Too many callers are at it already; nothing was done.</exception>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public Task<T> ServeAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct) => ServeAsync(() => RunAsync(work, ct));

    /// <summary>Does something for a caller that takes several turns at the database, and is refused before the first or not at all.</summary>
    /// <inheritdoc cref="ServeAsync{T}(Func{NpgsqlConnection, Task{T}}, CancellationToken)"/>
    public async Task<T> ServeAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return Interlocked.Increment(ref _served) <= MostServed ? await work() : throw new StoreOverloadedException();
        }
        finally
        {
            Interlocked.Decrement(ref _served);
        }
    }

    /// <summary>
    /// Does what must wait for nobody: this node's signs of life, and the question whether it can serve. The others take one that says nothing for dead, and send what it is sending. So
    /// there are connections for this alone, two at a time.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public Task<T> RunApartAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct) => RunOnAsync(_apart, work, ct);

    /// <summary>Notifies, over a connection whose commits do not wait for the disk.</summary>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public Task SignalAsync(Func<NpgsqlConnection, Task<int>> work, CancellationToken ct) => RunOnAsync(_signals, work, ct);

    async Task<T> RunOnAsync<T>(NpgsqlDataSource source, Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        try
        {
            await using var connection = await OpenAsync(source, ct);
            var result = await work(connection);
            _idle.Used(connection);
            return result;
        }
        catch (NpgsqlException problem)
        {
            Failed(problem);
            throw problem.ToUnavailable();
        }
    }

    async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var connection = await _gate.OpenAsync(source, ct);
        return await _idle.AnswersAsync(connection) ? connection : await ReplaceAsync(connection, source, ct);
    }

    /// <summary>What one died of the others of its pool most likely died of as well: they are not asked one by one.</summary>
    async ValueTask<NpgsqlConnection> ReplaceAsync(NpgsqlConnection dead, NpgsqlDataSource source, CancellationToken ct)
    {
        _idle.Doubt();
        await dead.DisposeAsync();
        source.Clear();
        return await _gate.OpenAsync(source, ct);
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<NpgsqlConnection, Task> work, CancellationToken ct) => RunAsync(
        async connection =>
        {
            await work(connection);
            return true;
        },
        ct);

    /// <summary>Does something in one transaction.</summary>
    /// <exception cref="StoreUnavailableException">The database failed: it was kept whole or not at all.</exception>
    /// <param name="work">What is done.</param>
    /// <param name="ct">Ends it before it is committed.</param>
    /// <param name="keeps">Whether it is to be committed, by its result; null for always.</param>
    public Task<T> TransactAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct, Func<T, bool>? keeps = null) => RunAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var result = await work(connection);
            if (keeps?.Invoke(result) != false)
            {
                await transaction.CommitAsync(CancellationToken.None);
            }

            return result;
        },
        ct);

    /// <summary>Changes configuration in one transaction. Few at a time: the others wait in this node, without a connection, as long as those before them get on, and not in any number.</summary>
    /// <exception cref="StoreOverloadedException">Too many calls wait, or none of them has got on for some seconds.</exception>
    /// <inheritdoc cref="TransactAsync{T}"/>
    public async Task<T> ChangeAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        await TakeTurnAsync(ct);
        try
        {
            var result = await TransactAsync(work, ct);
            Volatile.Write(ref _changedAt, Environment.TickCount64);
            return result;
        }
        finally
        {
            _changing.Release();
        }
    }

    async Task TakeTurnAsync(CancellationToken ct)
    {
        if (_changing.Wait(0, ct))
        {
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _waitingForTurn) > MostChanging)
            {
                throw new StoreOverloadedException();
            }

            while (!await _changing.WaitAsync(LongestStandstill, ct))
            {
                if (Environment.TickCount64 - Volatile.Read(ref _changedAt) >= LongestStandstill.TotalMilliseconds)
                {
                    throw new StoreOverloadedException();
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waitingForTurn);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _changing.Dispose();
        await _lanes.DisposeAsync();
        await _signals.DisposeAsync();
        await _apart.DisposeAsync();
        await Source.DisposeAsync();
    }

    /// <summary>The first connection: what keeps it from being made is most likely in the settings.</summary>
    async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(ct);
        }
        catch (NpgsqlException problem)
        {
            throw new StoreUnavailableException(PostgresOpenFailure.Explain(problem));
        }
    }

    static NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception problem) when (problem is ArgumentException or KeyNotFoundException or FormatException or OverflowException)
        {
            // The driver's words repeat what was given, and that may be the password.
            throw new StoreRefusedException(PostgresKeywords.Explain(connectionString));
        }

        settings.ApplicationName ??= "countersign";
        settings.IncludeErrorDetail = false;
        settings.LogParameters = false;
        settings.Options = settings.Options is { Length: > 0 } given ? $"{Options} {given}" : Options;

        // Other than the driver's own, if the operator said nothing: a caller does not wait for longer than this anyway, and many nodes share what the server can take.
        Default(settings, "Timeout", () => settings.Timeout = 5);
        Default(settings, "Command Timeout", () => settings.CommandTimeout = 10);
        Default(settings, "Keepalive", () => settings.KeepAlive = 10);
        Default(settings, "Maximum Pool Size", () => settings.MaxPoolSize = 20);
        return settings.MaxPoolSize >= SmallestPool ? settings
            : throw new StoreRefusedException($"Maximum Pool Size of Countersign:Storage must be {SmallestPool} or more: a server holds two connections for its own work.");
    }

    static void Default(DbConnectionStringBuilder settings, string keyword, Action set)
    {
        if (!settings.ShouldSerialize(keyword))
        {
            set();
        }
    }

    static NpgsqlConnectionStringBuilder Lane(NpgsqlConnectionStringBuilder settings) => new(settings.ConnectionString)
    {
        Options = $"{settings.Options} {LaneOptions}",
        NoResetOnClose = true,

        // Whether a failure came in the place of a statement's answer, or behind the last, is whether it was kept.
        IncludeFailedBatchedCommand = true,

        // Lanes have some twenty statements, long ones over partitioned tables: to plan one anew costs more than to run it for a hundred rows. There must be room for all of them: a kept one
        // (KeptCommand) whose place another of its batch takes would break the connection.
        MaxAutoPrepare = 64,
        AutoPrepareMinUsages = 2,
    };

    static NpgsqlConnectionStringBuilder Signal(NpgsqlConnectionStringBuilder settings) => new(settings.ConnectionString)
    {
        Options = $"{settings.Options} {SignalOptions}",
        NoResetOnClose = true,
        MaxAutoPrepare = 4,
        AutoPrepareMinUsages = 2,
        MaxPoolSize = 4,
        MinPoolSize = 0,
    };

    static NpgsqlConnectionStringBuilder Apart(NpgsqlConnectionStringBuilder settings) => new(settings.ConnectionString)
    {
        NoResetOnClose = true,
        MaxPoolSize = 2,
        MinPoolSize = 0,
    };

    static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, ILoggerFactory? logging)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseLoggerFactory(logging);
        builder.EnableParameterLogging(false);
        return builder.Build();
    }

    static async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new StoreRefusedException($"The database is PostgreSQL {connection.PostgreSqlVersion}. Countersign needs {OldestServer} or later.");
        }

        await using var encoding = new NpgsqlCommand("SELECT current_setting('server_encoding')", connection);
        if (await encoding.ExecuteScalarAsync(ct) is not "UTF8")
        {
            throw new StoreRefusedException("The database does not keep text as UTF-8. Make one that does: CREATE DATABASE countersign ENCODING 'UTF8' TEMPLATE template0");
        }
    }
}
