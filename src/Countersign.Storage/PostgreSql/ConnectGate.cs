using System.Net.Sockets;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Keeps a node from asking for connections over and over while the server gives none. A server that shuts down answers each with a process of its own, and is not down until all of
/// these are gone: hundreds of requests a second that each ask can keep it from ever being so. After two in a row that were refused the next is let through in 50 ms, and then ever
/// later, up to a second; whoever comes meanwhile is refused at once, as it would have been anyway.
/// </summary>
sealed class ConnectGate(TimeProvider time)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();

    // All of these under the gate. The last refusal, if nothing was given since; the pause is zero while no second followed.
    NpgsqlException? _why;
    TimeSpan _pause;

    // When the pause began, or somebody was let through; and the same before that.
    long _since;
    long _sinceBefore;

    // Connections that were asked for, how many had been at the last refusal, and the one that was let through to see.
    long _asked;
    long _askedThen;
    long _probe;

    /// <summary>Opens a connection, or takes one from the pool.</summary>
    /// <exception cref="NpgsqlException">The server gives none, or gave none a moment ago.</exception>
    public async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var number = Enter();
        try
        {
            var connection = await source.OpenConnectionAsync(ct);
            Open();
            return connection;
        }
        catch (Exception problem)
        {
            if (problem is NpgsqlException refusal && IsRefusal(refusal))
            {
                Close(number, refusal);
            }
            else if (problem is PostgresException)
            {
                // Not to us, but it answers.
                Open();
            }
            else
            {
                Leave(number);
            }

            throw;
        }
    }

    long Enter()
    {
        lock (_gate)
        {
            _asked++;
            if (_pause > TimeSpan.Zero)
            {
                if (time.GetElapsedTime(_since) < _pause)
                {
                    throw new ConnectRefusedException(_why!);
                }

                // One that looks whether it does again. The others wait for what it finds.
                (_sinceBefore, _since, _probe) = (_since, time.GetTimestamp(), _asked);
            }

            return _asked;
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
            // Those that were on their way when one failed say no more than that one.
            if (_why is not null && number > _askedThen)
            {
                _pause = _pause == TimeSpan.Zero ? FirstPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
                (_since, _why, _askedThen) = (time.GetTimestamp(), problem, _asked);
            }
            else if (_why is null)
            {
                (_why, _askedThen) = (problem, _asked);
            }
        }
    }

    /// <summary>Whoever looked found out nothing, since it gave up: the next looks.</summary>
    void Leave(long number)
    {
        lock (_gate)
        {
            if (number == _probe)
            {
                _since = _sinceBefore;
            }
        }
    }

    /// <summary>
    /// It starts or shuts down, or is not there. Not that it, or what stands before it, has too many connections, since those that the pool has are good; nor that nobody answers, which
    /// takes its time anyway.
    /// </summary>
    static bool IsRefusal(NpgsqlException problem) => problem is PostgresException refusal
        ? refusal.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : problem.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
}

/// <summary>A connection was not asked for, since those that were asked for last were refused, and why they were.</summary>
sealed class ConnectRefusedException(NpgsqlException why) : NpgsqlException("PostgreSQL gave no connection a moment ago.", why)
{
    public NpgsqlException Why => why;
}
