using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Finds connections that died while nobody used them: the server was restarted, or something on the way forgot them. What is sent over such a one fails, and nobody can say whether it was kept. So one that was
/// idle for a second is first asked whether it can write, which is a round trip; where requests follow each other none is asked. When one is found dead, those that have not been used since are asked, too.
/// </summary>
sealed class IdleConnections(TimeProvider time)
{
    /// <summary>One that answered so short a time ago is there.</summary>
    internal static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(1);

    /// <summary>Seconds that an answer may take: a connection that was forgotten on the way never says so. The driver waits for two more.</summary>
    const int AnswerWithin = 2;

    /// <summary>Far more than a node has connections. Those that have gone are not taken out one by one.</summary>
    const int MostRemembered = 1024;

    // When a connection was used last, by the process of the server that it belongs to. Two that share a number, of two servers, take one another for used: harmless.
    readonly ConcurrentDictionary<int, long> _usedAt = [];

    // When one was found dead.
    long _doubtedAt = long.MinValue;

    /// <summary>A connection died: the others may have died with it.</summary>
    public void Doubt() => Volatile.Write(ref _doubtedAt, time.GetTimestamp());

    /// <summary>It has just answered.</summary>
    public void Used(NpgsqlConnection connection)
    {
        if (ProcessOf(connection) is not { } process)
        {
            return;
        }

        if (_usedAt.Count > MostRemembered)
        {
            _usedAt.Clear();
        }

        _usedAt[process] = time.GetTimestamp();
    }

    /// <summary>Whether a connection can be used: it answered a moment ago, is new, or answers now. One that is not is of no use any more.</summary>
    public async ValueTask<bool> AnswersAsync(NpgsqlConnection connection)
    {
        if (ProcessOf(connection) is not { } process)
        {
            return false;
        }

        if (!_usedAt.TryGetValue(process, out var usedAt) || (usedAt > Volatile.Read(ref _doubtedAt) && time.GetElapsedTime(usedAt) < TrustedFor))
        {
            return true;
        }

        try
        {
            await using var ask = new NpgsqlCommand("SHOW transaction_read_only", connection) { CommandTimeout = AnswerWithin };
            if (await ask.ExecuteScalarAsync(CancellationToken.None) is not "off")
            {
                // It will never write, even when the database is not read-only any more.
                _usedAt.TryRemove(process, out _);
                return false;
            }

            Used(connection);
            return true;
        }
        catch (Exception problem) when (problem is NpgsqlException or InvalidOperationException)
        {
            // The driver, which asks those that are idle by itself now and then, says the latter of one that it found broken just now.
            _usedAt.TryRemove(process, out _);
            return false;
        }
    }

    /// <summary>The server's process that it belongs to; null for one that is known to be broken.</summary>
    static int? ProcessOf(NpgsqlConnection connection)
    {
        if (connection.FullState != ConnectionState.Open)
        {
            return null;
        }

        try
        {
            return connection.ProcessID;
        }
        catch (InvalidOperationException)
        {
            // It was found broken this very moment, as below.
            return null;
        }
    }
}
