using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>Takes over outbox rows that nobody has: written without an owner, left by a node that died, or written by an exchange of our own of which we never heard.</summary>
sealed partial class OutboxClaims(PostgresDatabase database, PostgresNode node, Sealer sealer, TimeProvider time, ILogger logger)
{
    /// <summary>Rows at a time; each holds up to some hundred messages.</summary>
    public const int MaxRows = 16;

    /// <summary>An exchange that was given up may still be under way in the database for as long.</summary>
    static readonly TimeSpan DoubtFor = TimeSpan.FromMinutes(1);

    // A question may lie in a server that stands still: when it comes to it, nobody has been seen. Who asks counts the dead only where it has been seen itself.
    const string ClaimSql = """
        WITH free AS (
            SELECT o.id FROM outbox o
            WHERE ((o.owner IS NULL AND (o.id <= $4 OR o.id >> 32 <> $4 >> 32)) OR (o.id = ANY($3) AND (o.owner IS NULL OR o.owner = $1))
                OR (o.owner = $1 AND $5 AND (o.id <= $4 OR o.id >> 32 <> $4 >> 32) AND o.id <> ALL($6))
                OR (o.owner <> $1 AND $7 AND pg_postmaster_start_time() < clock_timestamp() - $2
                    AND EXISTS (SELECT 1 FROM node n WHERE n.id = $1 AND n.seen_at > clock_timestamp() - $2 / 2)
                    AND NOT EXISTS (SELECT 1 FROM node n WHERE n.id = o.owner AND n.seen_at > clock_timestamp() - $2)))
                AND o.id <> ALL($8)
            ORDER BY o.asked_at, o.id LIMIT 16
            FOR UPDATE OF o SKIP LOCKED
        )
        UPDATE outbox o SET owner = $1 FROM free WHERE o.id = free.id RETURNING o.id, o.asked_at, o.entries
        """;

    readonly Lock _gate = new();

    // By when each was doubted, in ticks of a clock that nobody can set.
    readonly Dictionary<long, long> _doubted = [];

    readonly OutboxRowsAside _aside = new(database, node.Id, time, logger);

    // When a claim last failed, which may have been kept all the same: rows are then this node's that it does not know.
    long _failedAt;

    bool MayHaveLost => Volatile.Read(ref _failedAt) is > 0 and var at && TimeProvider.System.GetElapsedTime(at) < DoubtFor;

    /// <summary>A row that may be there or not: it is looked for.</summary>
    public void Doubt(long row)
    {
        lock (_gate)
        {
            _doubted[row] = TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>
    /// Claims the oldest rows that nobody has, and reads their messages. Those that have an outcome already, or never came to be, are left out. A row of which this node cannot read a
    /// message goes back, whole, so that another can send all of it, and holds up no other.
    /// </summary>
    /// <param name="newest">The newest row of this node's own that may be claimed.</param>
    /// <param name="known">The rows that this node has, asked for only where it may have others.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task<ClaimedRows> ClaimAsync(long newest, Func<long[]> known, CancellationToken ct)
    {
        List<(long Id, byte[] Entries)> rows;
        var aside = _aside.Now();
        var doubted = Doubted(aside);
        var mayHaveLost = MayHaveLost;
        try
        {
            rows = await database.RunAsync(connection => ClaimRowsAsync(connection, newest, doubted, mayHaveLost, mayHaveLost ? known() : [], aside, ct), ct);
        }
        catch (Exception problem) when (problem is StoreUnavailableException or OperationCanceledException)
        {
            // Whoever gives up knows as little as one that gets no answer.
            Volatile.Write(ref _failedAt, TimeProvider.System.GetTimestamp());
            throw;
        }

        lock (_gate)
        {
            rows.ForEach(row => _doubted.Remove(row.Id));
            foreach (var row in doubted)
            {
                // Only once it was looked for after that time.
                if (_doubted.TryGetValue(row, out var since) && TimeProvider.System.GetElapsedTime(since) > DoubtFor)
                {
                    _doubted.Remove(row);
                }
            }
        }

        try
        {
            return await ReadAsync(rows, ct);
        }
        catch
        {
            // They are this node's now, and not in its memory: nobody would send them while it lives.
            rows.ForEach(row => Doubt(row.Id));
            throw;
        }
    }

    async Task<ClaimedRows> ReadAsync(List<(long Id, byte[] Entries)> rows, CancellationToken ct)
    {
        var claimed = new List<(long, List<OutboxItem>)>();
        var unread = new List<long>();
        var why = "";
        foreach (var (id, bytes) in rows)
        {
            if (TryRead(bytes) is not { } entries)
            {
                unread.Add(id);
                why = $"row {id} of the outbox is damaged";
                continue;
            }

            try
            {
                var items = await database.RunAsync(connection => ReadAsync(connection, id, entries), ct);
                if (items.Count < entries.Count)
                {
                    await LeaveAsync(id, items.Count);
                }

                if (items.Count > 0)
                {
                    claimed.Add((id, items));
                }
            }
            catch (UnknownKeyException problem)
            {
                unread.Add(id);
                why = problem.Message;
            }
        }

        var isNew = unread.Count > 0 && await _aside.GiveBackAsync(unread, why, ct);
        return new ClaimedRows(claimed, rows.Count == MaxRows, MayHaveMore: rows.Count > unread.Count || isNew, HasUnread: unread.Count > 0);
    }

    /// <summary>What is in a row; null where it is not what a row has.</summary>
    static List<OutboxEntry>? TryRead(byte[] bytes)
    {
        try
        {
            return OutboxEntries.Read(bytes) is { Count: > 0 } entries ? entries : null;
        }
        catch (ArgumentException)
        {
            // An entry says that it is longer than the row.
            return null;
        }
    }

    /// <summary>Takes messages that nobody will send out of a row and its count, and the row with the last of them. Outcomes of the others may have been counted before.</summary>
    /// <param name="row">The row.</param>
    /// <param name="left">The messages that stay in it.</param>
    /// <param name="entries">These messages.</param>
    public Task ForgetAsync(long row, int left, byte[] entries) => CountAsync(row, "UPDATE outbox SET waiting = least(waiting, $2), entries = $3 WHERE id = $1", left, entries);

    /// <summary>Says how many messages of a row wait that was taken over: its outcomes may have been counted before, or not.</summary>
    Task LeaveAsync(long row, int left) => CountAsync(row, "UPDATE outbox SET waiting = $2 WHERE id = $1", left);

    async Task CountAsync(long row, string sql, params object[] values)
    {
        try
        {
            await database.RunAsync(
                async connection =>
                {
                    await using var counting = new NpgsqlBatch(connection);
                    var count = new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = row } } };
                    Array.ForEach(values, value => count.Parameters.Add(new NpgsqlParameter { Value = value }));
                    counting.BatchCommands.Add(count);
                    counting.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM outbox WHERE id = $1 AND waiting <= 0") { Parameters = { new() { Value = row } } });
                    await counting.ExecuteNonQueryAsync();
                },
                CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It makes the depth look larger until the row's other messages are done. If there are none, the row is looked for.
            Volatile.Write(ref _failedAt, TimeProvider.System.GetTimestamp());
        }
    }

    /// <summary>How much waits in all.</summary>
    public Task<OutboxDepth> DepthAsync(DateTimeOffset now, CancellationToken ct) => database.RunApartAsync(
        async connection =>
        {
            await using var depth = new NpgsqlCommand("SELECT coalesce(sum(waiting), 0)::bigint, min(asked_at) FROM outbox WHERE waiting > 0", connection);
            await using var row = await depth.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            var age = row.IsDBNull(1) ? TimeSpan.Zero : now - DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1));
            return new OutboxDepth(row.GetInt64(0), age > TimeSpan.Zero ? age : TimeSpan.Zero);
        },
        ct);

    /// <summary>Messages that no node has.</summary>
    public Task<long> CountFreeAsync() => database.RunAsync(
        async connection =>
        {
            await using var count = new NpgsqlCommand("SELECT coalesce(sum(waiting), 0)::bigint FROM outbox WHERE owner IS NULL", connection);
            return (long)(await count.ExecuteScalarAsync())!;
        },
        CancellationToken.None);

    long[] Doubted(long[] aside)
    {
        lock (_gate)
        {
            return [.. _doubted.Keys.Except(aside)];
        }
    }

    async Task<List<(long Id, byte[] Entries)>> ClaimRowsAsync(
        NpgsqlConnection connection, long newest, long[] doubted, bool mayHaveLost, long[] known, long[] aside, CancellationToken ct)
    {
        await using var claim = new NpgsqlCommand(ClaimSql, connection);
        claim.Parameters.Add(new NpgsqlParameter<long> { TypedValue = node.Id });
        claim.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = node.Lease });
        claim.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = doubted, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        claim.Parameters.Add(new NpgsqlParameter<long> { TypedValue = newest });
        claim.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = mayHaveLost });
        claim.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = known, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        claim.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = node.MayJudge });
        claim.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = aside, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        await using var rows = await claim.ExecuteReaderAsync(ct);
        var claimed = new List<(long AskedAt, long Id, byte[] Entries)>(MaxRows);
        while (await rows.ReadAsync(ct))
        {
            claimed.Add((rows.GetInt64(1), rows.GetInt64(0), rows.GetFieldValue<byte[]>(2)));
        }

        return [.. claimed.OrderBy(row => row.AskedAt).ThenBy(row => row.Id).Select(row => (row.Id, row.Entries))];
    }

    async Task<List<OutboxItem>> ReadAsync(NpgsqlConnection connection, long id, List<OutboxEntry> entries)
    {
        var recorded = new HashSet<Guid>();
        var verifications = new Dictionary<Sid, Verification>();
        await using var read = new NpgsqlBatch(connection);
        read.BatchCommands.Add(BySid("SELECT sid FROM attempt WHERE sid = ANY($1) AND sid >= $2 AND sid <= $3", [.. entries.Select(entry => entry.Attempt)]));
        read.BatchCommands.Add(BySid($"SELECT {VerificationColumns.List} FROM verification v WHERE v.sid = ANY($1) AND v.sid >= $2 AND v.sid <= $3", [.. entries.Select(entry => entry.Verification)]));
        await using var rows = await read.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            recorded.Add(rows.GetGuid(0));
        }

        await rows.NextResultAsync();
        while (await rows.ReadAsync())
        {
            TryRead(rows, verifications);
        }

        var items = new List<OutboxItem>(entries.Count);
        foreach (var entry in entries)
        {
            if (!recorded.Contains(entry.Attempt.ToUuid()) && Restore(id, entry, verifications.GetValueOrDefault(entry.Verification)) is { } item)
            {
                items.Add(item);
            }
        }

        return items;
    }

    void TryRead(NpgsqlDataReader row, Dictionary<Sid, Verification> verifications)
    {
        try
        {
            var stored = VerificationColumns.Read(row, sealer);
            verifications[stored.Verification.Sid] = stored.Verification;
        }
        catch (Exception problem) when (problem is not (NpgsqlException or UnknownKeyException))
        {
            // The row itself was damaged, and must not hold up the others.
            LogUnreadable(row.GetGuid(0).ToSid("VE"), problem.GetType().Name);
        }
    }

    /// <summary>The message of an entry; null for one of a step that was not kept, or whose verification is gone.</summary>
    OutboxItem? Restore(long id, OutboxEntry entry, Verification? verification)
    {
        if (verification is null)
        {
            return null;
        }

        foreach (var attempt in verification.Attempts)
        {
            if (attempt.Sid == entry.Attempt)
            {
                return Open(id, entry, verification, attempt);
            }
        }

        return null;
    }

    OutboxItem? Open(long id, OutboxEntry entry, Verification verification, SendAttempt attempt)
    {
        try
        {
            return new OutboxItem { Position = id, Verification = verification, Attempt = attempt, CustomCode = OutboxEntries.Open(entry, sealer) };
        }
        catch (System.Security.Cryptography.CryptographicException problem) when (problem is not UnknownKeyException)
        {
            LogUnreadable(verification.Sid, problem.GetType().Name);
            return null;
        }
    }

    static NpgsqlBatchCommand BySid(string sql, List<Sid> sids) => new(sql)
    {
        Parameters =
        {
            new NpgsqlParameter<Guid[]> { TypedValue = [.. sids.Select(sid => sid.ToUuid())] },
            new NpgsqlParameter<Guid> { TypedValue = sids.Min().ToUuid() },
            new NpgsqlParameter<Guid> { TypedValue = sids.Max().ToUuid() },
        },
    };

    [LoggerMessage(3202, LogLevel.Error, "A message of {Verification} is dropped from the outbox: its row is damaged ({Problem})")]
    partial void LogUnreadable(Sid verification, string problem);
}

/// <summary>What a claim brought.</summary>
/// <param name="Rows">The rows that were read, with what is to be sent of each.</param>
/// <param name="IsFull">There were as many as are claimed at a time.</param>
/// <param name="MayHaveMore">Another look at once may bring others.</param>
/// <param name="HasUnread">Some could not be read and went back.</param>
readonly record struct ClaimedRows(List<(long Row, List<OutboxItem> Items)> Rows, bool IsFull, bool MayHaveMore, bool HasUnread);
