using System.Net.Sockets;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Keeps a node from asking for connections over and over while the server gives none. A server that shuts down answers each with a process of its own, and is not down until all of
/// these are gone: hundreds of requests a second that each ask can keep it from ever being so. After one that failed the next is let through in 50 ms, and then ever later, up to
/// a second; whoever comes meanwhile is refused at once, as it would have been anyway.
/// </summary>
sealed class ConnectGate(TimeProvider time)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();

    // Under the gate. The pause is zero while connections are given.
    TimeSpan _pause;
    long _since;
    NpgsqlException? _why;

    // Connections that were asked for, and how many had been when the pause was set.
    long _asked;
    long _askedThen;

    /// <summary>Opens a connection, or takes one from the pool.</summary>
    /// <exception cref="NpgsqlException">The server gives none, or gave none a moment ago.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var number = Enter();
        try
        {
            var connection = await source.OpenConnectionAsync(ct);
            Open();
            return connection;
        }
        catch (NpgsqlException problem) when (IsRefusal(problem))
        {
            Close(number, problem);
            throw;
        }
    }

    long Enter()
    {
        lock (_gate)
        {
            if (_pause > TimeSpan.Zero)
            {
                if (time.GetElapsedTime(_since) < _pause)
                {
                    throw new ConnectRefusedException(_why!);
                }

                // One that looks whether it does again. The others wait for what it finds.
                _since = time.GetTimestamp();
            }

            return ++_asked;
        }
    }

    void Open()
    {
        lock (_gate)
        {
            (_pause, _why) = (TimeSpan.Zero, null);
        }
    }

    void Close(long number, NpgsqlException problem)
    {
        lock (_gate)
        {
            // Those that were on their way when the first failed say no more than that one.
            if (_pause == TimeSpan.Zero || number > _askedThen)
            {
                _pause = _pause == TimeSpan.Zero ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
                (_since, _why, _askedThen) = (time.GetTimestamp(), problem, _asked);
            }
        }
    }

    /// <summary>
    /// It starts or shuts down, or there is none. Not that it has too many connections, since those that the pool has are good; and not that nobody answers, which takes its time anyway.
    /// </summary>
    static bool IsRefusal(NpgsqlException problem) => problem is PostgresException refusal
        ? refusal.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : problem.InnerException is SocketException or IOException;
}

/// <summary>A connection was not asked for, since the last that was asked for was refused, and why it was.</summary>
sealed class ConnectRefusedException(NpgsqlException why) : NpgsqlException("PostgreSQL gave no connection a moment ago.", why)
{
    public NpgsqlException Why => why;
}
