using System.Runtime.ExceptionServices;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Hears of what other nodes change in configuration, and has it read anew. A change and its notification are one transaction, so whoever hears finds it. A connection of its own
/// listens, and is asked every two seconds whether it still lives. While there is none, everything is read anew about every second, whatever becomes of the attempts to get another:
/// notifications may have been missed. A node that cannot reach the database at all goes on with what it knew last. What cannot be read for want of a key is asked for again every two seconds.
/// </summary>
sealed partial class PostgresChanges(PostgresDatabase database, ILogger<PostgresChanges> logger) : IAsyncDisposable
{
    const string Channel = "countersign";

    // The system's clock in all of these: they wait for a network, not for the clock that verifications live by.
    static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);
    static readonly TimeSpan RetryIn = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly Dictionary<string, IMirror> _mirrors = [];
    readonly CancellationTokenSource _stop = new();
    readonly List<string> _heard = [];
    long _retried = TimeProvider.System.GetTimestamp();
    Task _running = Task.CompletedTask;

    /// <summary>Adds what to keep up to date. Before <see cref="StartAsync"/>.</summary>
    public void Keep(IMirror mirror)
    {
        _mirrors.Add(mirror.Topic, mirror);
        mirror.OnUnreadable((name, problem) => Say(mirror.Topic, name, problem));
    }

    /// <summary>Tells every node, when the transaction commits.</summary>
    public static NpgsqlBatchCommand Tell(string topic, string name)
    {
        var command = new NpgsqlBatchCommand("SELECT pg_notify($1, $2)");
        command.Parameters.Bind(Channel).Bind($"{topic}/{name}");
        return command;
    }

    /// <summary>Listens, then reads everything: nothing can change in between unheard.</summary>
    /// <exception cref="StoreUnavailableException">The database failed.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await ConnectAsync(ct);
            await ReloadAsync();
        }
        catch (NpgsqlException problem)
        {
            await DisposeAsync(connection);
            throw problem.ToUnavailable();
        }
        catch
        {
            await DisposeAsync(connection);
            throw;
        }

        _running = RunAsync(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    async Task RunAsync(NpgsqlConnection? connection)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (connection is null)
                {
                    connection = await ConnectAgainAsync();
                    await ReloadAsync();
                    LogListeningAgain();
                }

                await ListenAsync(connection);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The end.
            }
            catch (Exception problem)
            {
                LogLost(problem.GetType().Name);
                await DisposeAsync(connection);
                connection = null;
                await PauseAsync();
            }
        }

        await DisposeAsync(connection);
    }

    /// <summary>As <see cref="ConnectAsync"/>, and reads everything anew while that takes long, and when it fails: that nobody can listen does not mean that nothing can be read.</summary>
    async Task<NpgsqlConnection> ConnectAgainAsync()
    {
        var connecting = ConnectAsync(_stop.Token);
        while (await Task.WhenAny(connecting, PauseAsync()) != connecting && !_stop.IsCancellationRequested)
        {
            await TryReloadAsync();
        }

        try
        {
            return await connecting;
        }
        catch when (!_stop.IsCancellationRequested)
        {
            await TryReloadAsync();
            throw;
        }
    }

    async Task TryReloadAsync()
    {
        try
        {
            await ReloadAsync();
        }
        catch (Exception)
        {
            // The database is away, which the next attempt to listen says as well; a row that cannot be read was said.
        }
    }

    /// <summary>Never returns: it ends with the connection, or with this.</summary>
    async Task ListenAsync(NpgsqlConnection connection)
    {
        while (true)
        {
            // What came with the answer to the question below is there already, and nothing would wake the wait.
            if (_heard.Count == 0 && !await connection.WaitAsync(AskEvery, _stop.Token))
            {
                await using var ask = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = (int)AskEvery.TotalSeconds };
                await ask.ExecuteNonQueryAsync(_stop.Token);
            }

            await ActAsync();
            await RetryAsync();
        }
    }

    async Task ActAsync()
    {
        var heard = _heard.ToLookup(payload => payload.Split('/', 2)[0], payload => payload.Split('/', 2)[^1]);
        _heard.Clear();
        foreach (var topic in heard)
        {
            // A newer node may tell of things that this version does not have.
            if (_mirrors.TryGetValue(topic.Key, out var mirror))
            {
                await mirror.RefreshAsync([.. topic.Distinct(StringComparer.Ordinal)]);
            }
        }
    }

    /// <summary>A key ring that was given to this node meanwhile makes nobody send a notification: what it may open is asked for again.</summary>
    async Task RetryAsync()
    {
        if (TimeProvider.System.GetElapsedTime(_retried) < RetryIn)
        {
            return;
        }

        foreach (var mirror in _mirrors.Values)
        {
            await mirror.RetryAsync();
        }

        _retried = TimeProvider.System.GetTimestamp();
    }

    async Task<NpgsqlConnection> ConnectAsync(CancellationToken ct)
    {
        var connection = await database.OpenAsync(ct);
        try
        {
            connection.Notification += (_, notification) => _heard.Add(notification.Payload);
            await using var listen = new NpgsqlCommand($"LISTEN {Channel}; SELECT pg_notify('{Channel}', 'hello/')", connection);
            await listen.ExecuteNonQueryAsync(ct);
            if (_heard.Count == 0 && !await connection.WaitAsync(Patience, ct))
            {
                throw new StoreRefusedException(
                    "PostgreSQL's notifications do not arrive. Between it and Countersign is a pooler that gives connections away after each transaction: connect without it, or have it pool sessions.");
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads everything anew: for whoever must not act on what another node has just changed.</summary>
    public async Task ReloadAsync()
    {
        ExceptionDispatchInfo? first = null;
        foreach (var mirror in _mirrors.Values)
        {
            try
            {
                await mirror.ReloadAsync();
            }
            catch (Exception problem) when (problem is not StoreUnavailableException)
            {
                // Whatever is wrong with one table, what was revoked in the others must not go on letting in. A database that is away is so for all of them.
                first ??= ExceptionDispatchInfo.Capture(problem);
            }
        }

        first?.Throw();
    }

    async Task PauseAsync()
    {
        try
        {
            await Task.Delay(RetryIn, TimeProvider.System, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    static async ValueTask DisposeAsync(NpgsqlConnection? connection)
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    void Say(string topic, string name, Exception? problem)
    {
        if (problem is null)
        {
            LogReadable(topic, name);
        }
        else
        {
            // What a key is missing for is safe to say; the words of others may quote what could not be read.
            LogUnreadable(topic, name, problem is UnknownKeyException ? problem.Message : $"{problem.GetType().Name}: it is damaged, or a newer version wrote it");
        }
    }

    [LoggerMessage(3213, LogLevel.Warning, "{Topic} {Name} cannot be read: whoever needs it gets 503 from this server until it can. {Problem}")]
    partial void LogUnreadable(string topic, string name, string problem);

    [LoggerMessage(3214, LogLevel.Information, "{Topic} {Name} can be read again")]
    partial void LogReadable(string topic, string name);

    [LoggerMessage(3211, LogLevel.Warning, "No longer told of what other nodes change in configuration ({Problem}): all of it is read anew every second until then")]
    partial void LogLost(string problem);

    [LoggerMessage(3212, LogLevel.Information, "Told of what other nodes change in configuration again")]
    partial void LogListeningAgain();
}
