using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Rows of the outbox that this node cannot read: made with a key that it does not have, or damaged. They go back, so that a node that can read them sends what is in them, and are left alone
/// here for a while, so that those behind them have their turn. What nobody could read for a day is removed: its codes ran out long ago, and what waits keeps history from going. For one caller
/// at a time.
/// </summary>
sealed partial class OutboxRowsAside(PostgresDatabase database, long node, TimeProvider time, ILogger logger)
{
    /// <summary>Rows that are left alone at a time.</summary>
    const int Most = 1024;

    static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Long enough for others, who look each second; after it this node may have been given the key.</summary>
    static readonly TimeSpan For = TimeSpan.FromSeconds(10);

    // Since when, in ticks of a clock that nobody can set.
    readonly Dictionary<long, long> _since = [];
    long _saidAt;

    /// <summary>The rows that are left alone now.</summary>
    public long[] Now()
    {
        foreach (var (row, since) in _since)
        {
            if (TimeProvider.System.GetElapsedTime(since) > For)
            {
                _since.Remove(row);
            }
        }

        return [.. _since.Keys];
    }

    /// <summary>Gives rows back. False where so many are left alone already that the next look would bring the same.</summary>
    /// <param name="rows">Rows that this node has claimed.</param>
    /// <param name="why">What is wrong with one of them.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="Core.Verifications.StoreUnavailableException">The database failed: they are this node's still.</exception>
    public async Task<bool> GiveBackAsync(List<long> rows, string why, CancellationToken ct)
    {
        if (_saidAt == 0 || TimeProvider.System.GetElapsedTime(_saidAt) >= For)
        {
            _saidAt = TimeProvider.System.GetTimestamp();
            LogLeft(why);
        }

        var removed = await database.RunAsync(
            async connection =>
            {
                await using var end = new NpgsqlCommand("DELETE FROM outbox WHERE id = ANY($1) AND owner = $2 AND asked_at < $3", connection);
                end.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. rows] });
                end.Parameters.Add(new NpgsqlParameter<long> { TypedValue = node });
                end.Parameters.Bind(time.GetUtcNow() - Longest);
                var old = await end.ExecuteNonQueryAsync(ct);
                await using var give = new NpgsqlCommand("UPDATE outbox SET owner = NULL WHERE id = ANY($1) AND owner = $2", connection);
                give.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. rows] });
                give.Parameters.Add(new NpgsqlParameter<long> { TypedValue = node });
                await give.ExecuteNonQueryAsync(ct);
                return old;
            },
            ct);
        if (removed > 0)
        {
            LogRemoved(removed);
        }

        if (_since.Count + rows.Count > Most)
        {
            return false;
        }

        rows.ForEach(row => _since[row] = TimeProvider.System.GetTimestamp());
        return true;
    }

    [LoggerMessage(3215, LogLevel.Error, "{Count} rows of the outbox were removed that no server could read for a day: what became of their messages is not known")]
    partial void LogRemoved(int count);

    [LoggerMessage(3209, LogLevel.Warning, "Messages that were left behind cannot be read by this server and are left to others; all others go on, and these are looked at again every ten seconds: {Problem}")]
    partial void LogLeft(string problem);
}
