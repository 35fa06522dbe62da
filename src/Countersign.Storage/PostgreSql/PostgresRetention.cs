using Countersign.Core.Insight;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Removes what is old from PostgreSQL: whole days of verifications and attempts, and the rest some rows at a time. One node at a time, by a lock that its connection holds for
/// the whole pass, and that the server gives back should the node die; to the others there is nothing to do. Each pass also makes the days that come, and puts together what
/// the nodes counted apart in hours that are past.
/// </summary>
#pragma warning disable CA1001 // It is closed by who made it.
sealed class PostgresRetention(PostgresDatabase database, Partitions partitions, TimeProvider time) : IRetention
#pragma warning restore CA1001
{
    const int SliceRows = 1000;

    /// <summary>By how much messages that wait may be out of the order of their moments, for a clock that was set.</summary>
    static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    /// <summary>Hours are summed up when hardly a receipt is still to come for them.</summary>
    static readonly TimeSpan SummedAfter = TimeSpan.FromHours(26);

    // When the last code of a day runs out. Looked for again only when that has come: it can be later then.
    readonly Dictionary<DateTimeOffset, DateTimeOffset> _lastEnds = [];
    readonly SemaphoreSlim _turn = new(1);
    readonly OrphanedEntities _orphans = new(SliceRows);
    NpgsqlConnection? _owner;
    Phase _phase;

    // Where passes ended by a failure: passed over until one gets to its end, so that the phases behind them have their turn.
    readonly HashSet<Phase> _failed = [];
    long _headPage;
    DateTimeOffset _headsBefore;

    enum Phase
    {
        Verifications,
        Heads,
        Attempts,
        Orphans,
        Challenges,
        AccessTokens,
        EarlyReceipts,
        Refusals,
        Rollups,
        Sums,
    }

    public async Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            if (_owner is null && !await BeginAsync(ct))
            {
                return default;
            }

            var slice = await RemoveNextAsync(_owner!, cutoffs, ct);
            if (!slice.HasMore)
            {
                _failed.Clear();
                await EndAsync(release: true);
            }

            return slice;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // Whatever it was, also a connection that broke between two slices: the next pass begins with another.
            if (_owner is not null)
            {
                _failed.Add(_phase);
            }

            await EndAsync(release: false);
            throw problem is NpgsqlException failure ? failure.ToUnavailable() : problem;
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task<DateTimeOffset?> ClockAsync(CancellationToken ct) => database.RunAsync<DateTimeOffset?>(
        async connection =>
        {
            await using var clock = new NpgsqlCommand("SELECT clock_timestamp()", connection);
            return new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(ct))!, TimeSpan.Zero);
        },
        ct);

    /// <summary>Lets go of the pass. Not a disposal: the container that hands this out under its port's name would do it a second time.</summary>
    public async Task CloseAsync()
    {
        await _turn.WaitAsync();
        await EndAsync(release: true);
        _turn.Dispose();
    }

    async Task<RetentionSlice> RemoveNextAsync(NpgsqlConnection connection, RetentionCutoffs cutoffs, CancellationToken ct)
    {
        var history = cutoffs.History is { } asked ? await BeforeUnsentAsync(connection, asked, ct) : (DateTimeOffset?)null;
        while (true)
        {
            var slice = _failed.Contains(_phase) ? default : await RunPhaseAsync(connection, cutoffs, history, ct);
            if (slice.HasMore || _phase == Phase.Sums)
            {
                return slice;
            }

            _phase++;
            if (slice.Rows > 0)
            {
                return slice with { HasMore = true };
            }
        }
    }

    /// <summary>One slice of the phase; with more if it goes on.</summary>
    async Task<RetentionSlice> RunPhaseAsync(NpgsqlConnection connection, RetentionCutoffs cutoffs, DateTimeOffset? history, CancellationToken ct)
    {
        switch (_phase)
        {
            case Phase.Verifications when await OldestEndedAsync(connection, history, ct) is { } day:
                return new RetentionSlice { Verifications = await OldPartitions.DropAsync(connection, "verification", day, ct), HasMore = true };

            case Phase.Heads:
                return new RetentionSlice { HasMore = await DeleteHeadsAsync(connection, ct) };

            case Phase.Attempts when history is { } cutoff && (await OldPartitions.DaysAsync(connection, "attempt", ct)).FirstOrDefault(day => day.AddDays(1) <= cutoff) is { Ticks: > 0 } day:
                return new RetentionSlice { Attempts = await OldPartitions.DropAsync(connection, "attempt", day, ct), HasMore = true };

            case Phase.Orphans:
                var (entities, more) = await _orphans.RemoveAsync(connection, ct);
                return new RetentionSlice { Entities = entities, HasMore = more };

            case Phase.Challenges when cutoffs.History is { } cutoff:
                var challenges = await DeleteAsync(connection, "challenge", "created_at < $1", cutoff.ToUnixTimeMilliseconds(), ct);
                return new RetentionSlice { Challenges = challenges, HasMore = challenges == SliceRows };

            case Phase.AccessTokens:
                var tokens = await DeleteAsync(connection, "access_token", "created_at < $1", cutoffs.EarlyReceipts.ToUnixTimeMilliseconds(), ct);
                return new RetentionSlice { AccessTokens = tokens, HasMore = tokens == SliceRows };

            case Phase.EarlyReceipts:
                var receipts = await DeleteAsync(connection, "early_receipt", "received_at < $1", cutoffs.EarlyReceipts.ToUnixTimeMilliseconds(), ct);
                return new RetentionSlice { EarlyReceipts = receipts, HasMore = receipts == SliceRows };

            case Phase.Refusals:
                var refusals = await DeleteRefusalsAsync(connection, cutoffs.Refusals, ct);
                return new RetentionSlice { Refusals = refusals, HasMore = refusals == SliceRows };

            case Phase.Rollups when cutoffs.Rollups is { } cutoff:
                var rollups = await DeleteAsync(connection, "rollup", "hour < $1", RollupKey.HourOf(cutoff), ct);
                return new RetentionSlice { Rollups = rollups, HasMore = rollups == SliceRows };

            case Phase.Sums:
                return new RetentionSlice { HasMore = await SumAsync(connection, RollupKey.HourOf(time.GetUtcNow() - SummedAfter), ct) };

            default:
                return default;
        }
    }

    async Task<bool> BeginAsync(CancellationToken ct)
    {
        // Also on nodes that will not have the pass: they know from then on which days are there.
        await partitions.EnsureAheadAsync(time.GetUtcNow(), ct);
        var connection = await database.OpenAsync(ct);
        var has = false;
        try
        {
            // A day that is read through would have three cores else. Holds until the pool has the connection back, which resets it.
            await using var alone = new NpgsqlCommand("SET max_parallel_workers_per_gather = 0", connection);
            await alone.ExecuteNonQueryAsync(ct);
            await using var take = new NpgsqlCommand($"SELECT pg_try_advisory_lock({AdvisoryLocks.Retention})", connection);
            has = await take.ExecuteScalarAsync(ct) is true;
        }
        finally
        {
            if (!has)
            {
                await connection.DisposeAsync();
            }
        }

        (_owner, _phase, _headPage) = (has ? connection : null, Phase.Verifications, 0);
        return has;
    }

    async Task EndAsync(bool release)
    {
        if (_owner is not { } connection)
        {
            return;
        }

        _owner = null;
        try
        {
            if (release)
            {
                // A pool keeps the connection, and so would the server the lock.
                await using var give = new NpgsqlCommand($"SELECT pg_advisory_unlock({AdvisoryLocks.Retention})", connection);
                await give.ExecuteNonQueryAsync();
            }
            else
            {
                NpgsqlConnection.ClearPool(connection);
            }
        }
        catch (NpgsqlException)
        {
            // It went with the connection.
        }

        await connection.DisposeAsync();
    }

    /// <summary>The oldest day all of whose codes had run out before the cutoff; null for none.</summary>
    async Task<DateTimeOffset?> OldestEndedAsync(NpgsqlConnection connection, DateTimeOffset? cutoff, CancellationToken ct)
    {
        foreach (var day in (await OldPartitions.DaysAsync(connection, "verification", ct)).Where(day => day.AddDays(1) <= cutoff))
        {
            if (!_lastEnds.TryGetValue(day, out var last) || last < cutoff)
            {
                last = await OldPartitions.LastEndAsync(connection, day, ct) ?? day;
                _lastEnds[day] = last;
            }

            if (last < cutoff)
            {
                _lastEnds.Remove(day);
                return day;
            }
        }

        return null;
    }

    /// <summary>Removes heads of verifications whose day is gone: those before the oldest day that is there.</summary>
    async Task<bool> DeleteHeadsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await OldPartitions.DaysAsync(connection, "verification", ct) is not [var oldest, ..] || oldest <= _headsBefore)
        {
            return false;
        }

        if (await OldPartitions.DeleteHeadsAsync(connection, _headPage, oldest, ct))
        {
            _headPage += OldPartitions.HeadPages;
            return true;
        }

        _headsBefore = oldest;
        return false;
    }

    /// <summary>
    /// A send moves the end of its verification to later than the send. So what had run out before the oldest message that waits was asked for has none that waits.
    /// </summary>
    static async Task<DateTimeOffset> BeforeUnsentAsync(NpgsqlConnection connection, DateTimeOffset cutoff, CancellationToken ct)
    {
        await using var oldest = new NpgsqlCommand("SELECT min(asked_at) FROM outbox", connection);
        return await oldest.ExecuteScalarAsync(ct) is long asked && DateTimeOffset.FromUnixTimeMilliseconds(asked) - Margin is var unsent && unsent < cutoff ? unsent : cutoff;
    }

    static async Task<int> DeleteAsync(NpgsqlConnection connection, string table, string condition, long bound, CancellationToken ct)
    {
#pragma warning disable CA2100 // Texts of this class.
        await using var delete = new NpgsqlCommand($"DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM {table} WHERE {condition} LIMIT {SliceRows}))", connection);
#pragma warning restore CA2100
        delete.Parameters.Bind(bound);
        return await delete.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Positions grow with time, so that what is old comes first. One from a clock that ran ahead holds up none behind it.</summary>
    async Task<int> DeleteRefusalsAsync(NpgsqlConnection connection, DateTimeOffset cutoff, CancellationToken ct)
    {
        await using var delete = new NpgsqlCommand(
            $"""
            DELETE FROM refused_start WHERE position IN
                (SELECT position FROM (SELECT position, at FROM refused_start ORDER BY position LIMIT {SliceRows}) AS oldest WHERE at < $1 OR at > $2)
            """,
            connection);
        delete.Parameters.Bind(cutoff).Bind(time.GetUtcNow() + Margin);
        return await delete.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Puts the slots of one past hour together. True if there may be another. One statement: readers see the slots or the sums.</summary>
    static async Task<bool> SumAsync(NpgsqlConnection connection, int before, CancellationToken ct)
    {
        const string Keys = RollupArrays.Keys;
        await using var sum = new NpgsqlCommand(
            $"""
            WITH apart AS (
                DELETE FROM rollup WHERE slot <> {RollupSlots.Summed} AND hour = (SELECT hour FROM rollup WHERE slot <> 0 AND hour < $1 ORDER BY hour LIMIT 1)
                RETURNING *)
            INSERT INTO rollup ({Keys}, slot, {string.Join(", ", RollupCounters.Names)})
            SELECT {Keys}, {RollupSlots.Summed}, {string.Join(", ", RollupArrays.All.Select(counter => $"sum({RollupArrays.Value("apart", counter)})"))} FROM apart GROUP BY {Keys}
            {RollupArrays.OnConflict(RollupArrays.All)}
            """,
            connection);
        sum.Parameters.Bind(before);
        return await sum.ExecuteNonQueryAsync(ct) > 0;
    }
}
