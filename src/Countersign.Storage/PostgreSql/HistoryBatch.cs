using Countersign.Core;
using Countersign.Core.Insight;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Rows of the history as arrays, and the statements that keep them and count them in the rollup: a start where a row is made, an end with the version that brings it, which is a
/// verification's last. So whatever is saved twice, or by two nodes, counts once. Kept and filled anew; one call at a time.
/// </summary>
sealed class HistoryBatch(Sealer sealer, short rollupSlot)
{
    static readonly IReadOnlyList<RollupCounter> Counted = [RollupCounter.Starts, RollupCounter.Approved, RollupCounter.Canceled, RollupCounter.MaxAttempts, RollupCounter.Converted];

    const string Names = "sid, shard, version, service_sid, account_sid, destination, status, channel, checks, created_at, updated_at, expires_at, code, attempts, personal";

    static readonly string InsertSql = $"""
        WITH i AS MATERIALIZED (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) AS t({Names}, began, ended)
        ), m AS (
            INSERT INTO verification ({Names}) SELECT {Names} FROM i ON CONFLICT (sid, shard) DO NOTHING RETURNING sid
        ), r AS ({RollupArrays.AddKeptSql("(SELECT unnest(ARRAY[began, ended]) AS bundle FROM i WHERE (sid IN (SELECT sid FROM m)) IS TRUE) AS k", 18, Counted)})
        SELECT sid FROM m
        """;

    // The bounds let PostgreSQL leave out all partitions but those of the rows' days.
    static readonly string UpdateSql = $"""
        WITH u AS (
            UPDATE verification v
            SET version = i.version, status = i.status, channel = i.channel, checks = i.checks, updated_at = i.updated_at, expires_at = i.expires_at, attempts = i.attempts, personal = i.personal
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS i(sid, shard, version, status, channel, checks, updated_at, expires_at, attempts, personal, bundle)
            WHERE v.sid = i.sid AND v.shard = i.shard AND v.version < i.version AND v.sid >= $12 AND v.sid <= $13
            RETURNING i.bundle
        )
        {RollupArrays.AddKeptSql("u", 14, Counted)}
        """;

    readonly ArrayParameter<Guid> _sid = ArrayParameter.Uuid(), _service = ArrayParameter.Uuid(), _account = ArrayParameter.Uuid(), _destination = ArrayParameter.Uuid();
    readonly ArrayParameter<short> _shard = ArrayParameter.Small(), _status = ArrayParameter.Small(), _channel = ArrayParameter.Small(), _checks = ArrayParameter.Small();
    readonly ArrayParameter<int> _version = ArrayParameter.Int();
    readonly ArrayParameter<long> _created = ArrayParameter.Long(), _updated = ArrayParameter.Long(), _expires = ArrayParameter.Long();
    readonly ArrayParameter<byte[]?> _code = ArrayParameter.Bytes();
    readonly ArrayParameter<ReadOnlyMemory<byte>> _attempts = ArrayParameter.Pieces(), _personal = ArrayParameter.Pieces();
    readonly ArrayParameter<short?> _began = ArrayParameter.NullableSmall(), _ended = ArrayParameter.NullableSmall();
    readonly RollupBundles _rollup = new(Counted);

    // What the rows say, each opened once; null of one that does not open.
    readonly List<Verification?> _opened = [];

    ArrayParameter[] Inserted => [_sid, _shard, _version, _service, _account, _destination, _status, _channel, _checks, _created, _updated, _expires, _code, _attempts, _personal, _began, _ended];

    ArrayParameter[] Updated => [_sid, _shard, _version, _status, _channel, _checks, _updated, _expires, _attempts, _personal, _ended];

    /// <summary>Keeps rows, sorted by their SIDs: those that are new, and then the others, unless they are up to date already. Says which were new.</summary>
    public async Task<HashSet<Sid>> SaveAsync(NpgsqlConnection connection, List<HistoryRow> rows)
    {
        _opened.Clear();
        try
        {
            rows.ForEach(row => _opened.Add(Open(row)));
            var made = await InsertAsync(connection, rows);
            if (made.Count < rows.Count)
            {
                await UpdateAsync(connection, rows, made);
            }

            return made;
        }
        finally
        {
            // It is kept for the next rows, which may be long in coming.
            Clear();
            _opened.Clear();
        }
    }

    async Task<HashSet<Sid>> InsertAsync(NpgsqlConnection connection, List<HistoryRow> rows)
    {
        Clear();
        foreach (var (index, row) in rows.Index())
        {
            Add(row);
            _service.Add(row.ServiceSid.ToUuid());
            _account.Add(row.AccountSid.ToUuid());
            _destination.Add(VerificationStep.KeyOf(row.ServiceSid, row.Key).ToUuid()); // The key is service and destination; so is the destination key and service.
            _created.Add(row.CreatedAt.ToUnixTimeMilliseconds());
            _code.Add(CodeBytes.Write(row.Code));
            if (_opened[index] is { } verification)
            {
                Rollup.CountStart(_rollup, verification);
            }

            _began.Add(_rollup.End());
            CountEnd(index);
        }

        await using var command = Command(connection, InsertSql, Inserted);
        _rollup.Rows.Bind(command.Parameters, rollupSlot);
        return (await command.ReadAsync(row => row.Sid(0, "VE"), CancellationToken.None)).ToHashSet();
    }

    async Task UpdateAsync(NpgsqlConnection connection, List<HistoryRow> rows, HashSet<Sid> made)
    {
        Clear();
        Sid? lowest = null, highest = null;
        foreach (var (index, row) in rows.Index())
        {
            if (!made.Contains(row.Sid))
            {
                Add(row);
                CountEnd(index);
                lowest ??= row.Sid;
                highest = row.Sid;
            }
        }

        await using var command = Command(connection, UpdateSql, Updated);
        command.Parameters.Bind(lowest!.Value).Bind(highest!.Value);
        _rollup.Rows.Bind(command.Parameters, rollupSlot);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    void Clear()
    {
        Array.ForEach(Inserted, column => column.Clear());
        _rollup.Clear();
    }

    void Add(HistoryRow row)
    {
        _sid.Add(row.Sid.ToUuid());
        _shard.Add((short)Sid.ShardOf(row.Sid.Value));
        _version.Add(row.Version);
        _status.Add((short)row.Status);
        _channel.Add((short)row.Channel);
        _checks.Add((short)row.Checks);
        _updated.Add(row.UpdatedAt.ToUnixTimeMilliseconds());
        _expires.Add(row.ExpiresAt.ToUnixTimeMilliseconds());
        _attempts.Add(row.Attempts);
        _personal.Add(row.Personal);
    }

    void CountEnd(int index)
    {
        if (_opened[index] is { } verification)
        {
            Rollup.CountEnd(_rollup, VerificationStatus.Pending, verification);
        }

        _ended.Add(_rollup.End());
    }

    Verification? Open(HistoryRow row)
    {
        try
        {
            return row.Open(sealer);
        }
        catch (Exception problem) when (problem is not UnknownKeyException)
        {
            // A damaged row counts nowhere, and holds up no others. One whose key this node lacks waits, for the file or for another node: to count is what it comes for once.
            return null;
        }
    }

    static NpgsqlCommand Command(NpgsqlConnection connection, string sql, ArrayParameter[] columns)
    {
#pragma warning disable CA2100 // One of the texts above.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var column in columns)
        {
            command.Parameters.Add(column.AsParameter());
        }

        return command;
    }
}
