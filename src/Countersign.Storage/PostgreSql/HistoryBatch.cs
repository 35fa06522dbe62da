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

    /// <summary>
    /// New rows, of which none is there as far as is known: so they are not looked for first, which costs as much as writing them. Of one that is, the database says so, and nothing of the
    /// transaction is kept.
    /// </summary>
    const string InsertSql = $"INSERT INTO verification ({Names}) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

    /// <summary>What they count, by the bundle of each.</summary>
    static readonly string CountSql = RollupArrays.AddKeptSql("(SELECT unnest($1::smallint[] || $2::smallint[]) AS bundle) AS k", 3, Counted);

    /// <summary>Those that are not there, and what these count: slower, and right whatever is there.</summary>
    static readonly string InsertNewSql = $"""
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
            RETURNING v.sid, i.bundle
        ), r AS ({RollupArrays.AddKeptSql("u", 14, Counted)})
        SELECT sid FROM u
        """;

    readonly ArrayParameter<Guid> _sid = ArrayParameter.Uuid(), _service = ArrayParameter.Uuid(), _account = ArrayParameter.Uuid(), _destination = ArrayParameter.Uuid();
    readonly ArrayParameter<short> _shard = ArrayParameter.Small(), _status = ArrayParameter.Small(), _channel = ArrayParameter.Small(), _checks = ArrayParameter.Small();
    readonly ArrayParameter<int> _version = ArrayParameter.Int();
    readonly ArrayParameter<long> _created = ArrayParameter.Long(), _updated = ArrayParameter.Long(), _expires = ArrayParameter.Long();
    readonly ArrayParameter<byte[]?> _code = ArrayParameter.Bytes();
    readonly ArrayParameter<ReadOnlyMemory<byte>> _attempts = ArrayParameter.Pieces(), _personal = ArrayParameter.Pieces();
    readonly ArrayParameter<short?> _began = ArrayParameter.NullableSmall(), _ended = ArrayParameter.NullableSmall();
    readonly RollupBundles _rollup = new(Counted);
    readonly HashSet<Sid> _made = [];

    ArrayParameter[] Columns => [_sid, _shard, _version, _service, _account, _destination, _status, _channel, _checks, _created, _updated, _expires, _code, _attempts, _personal];

    ArrayParameter[] Inserted => [.. Columns, _began, _ended];

    ArrayParameter[] Updated => [_sid, _shard, _version, _status, _channel, _checks, _updated, _expires, _attempts, _personal, _ended];

    /// <summary>Keeps rows, sorted by their SIDs: those that are new, and then the others, unless they are up to date already. Says which were new.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="rows">No two of one verification.</param>
    /// <param name="areNew">Of those in their first version none was kept before, as far as is known.</param>
    /// <returns>A set that the next call uses again. Null, with <paramref name="areNew"/>, where one of later versions was not there in an earlier one: nothing may be committed then.</returns>
    /// <exception cref="PostgresException">With <paramref name="areNew"/>, <see cref="PostgresErrorCodes.UniqueViolation"/>: one was. The transaction is of no use then.</exception>
    public async Task<HashSet<Sid>?> SaveAsync(NpgsqlConnection connection, List<HistoryRow> rows, bool areNew)
    {
        _made.Clear();
        try
        {
            if (!areNew)
            {
                return await SaveUnknownAsync(connection, rows);
            }

            var (first, later) = (rows.FindAll(row => row.Version == 1), rows.FindAll(row => row.Version != 1));
            if (first.Count > 0)
            {
                await InsertAsync(connection, first);
            }

            // To insert now what is not there could wait for one who waits for us: all insert first, in one order, and change then, in one order.
            if (later.Count > 0 && (await UpdateAsync(connection, later)).Count < later.Count)
            {
                return null;
            }

            first.ForEach(row => _made.Add(row.Sid));
            return _made;
        }
        finally
        {
            // It is kept for the next rows, which may be long in coming.
            Clear();
        }
    }

    async Task<HashSet<Sid>> SaveUnknownAsync(NpgsqlConnection connection, List<HistoryRow> rows)
    {
        AddNew(rows);
        await using (var command = new NpgsqlCommand(InsertNewSql, connection))
        {
            Array.ForEach(Inserted, column => command.Parameters.Add(column.AsParameter()));
            _rollup.Rows.Bind(command.Parameters, rollupSlot);
            _made.UnionWith(await command.ReadAsync(row => row.Sid(0, "VE"), CancellationToken.None));
        }

        if (_made.Count < rows.Count)
        {
            await UpdateAsync(connection, rows.FindAll(row => !_made.Contains(row.Sid)));
        }

        return _made;
    }

    async Task InsertAsync(NpgsqlConnection connection, List<HistoryRow> rows)
    {
        AddNew(rows);
        await using var batch = new NpgsqlBatch(connection);
        var insert = new NpgsqlBatchCommand(InsertSql);
        Array.ForEach(Columns, column => insert.Parameters.Add(column.AsParameter()));
        batch.BatchCommands.Add(insert);
        var count = new NpgsqlBatchCommand(CountSql);
        count.Parameters.Add(_began.AsParameter());
        count.Parameters.Add(_ended.AsParameter());
        _rollup.Rows.Bind(count.Parameters, rollupSlot);
        batch.BatchCommands.Add(count);
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Brings rows that are there up to date, and says which were not.</summary>
    async Task<HashSet<Sid>> UpdateAsync(NpgsqlConnection connection, List<HistoryRow> rows)
    {
        Clear();
        foreach (var row in rows)
        {
            Add(row);
            CountEnd(Open(row));
        }

        await using var command = new NpgsqlCommand(UpdateSql, connection);
        Array.ForEach(Updated, column => command.Parameters.Add(column.AsParameter()));
        command.Parameters.Bind(rows[0].Sid).Bind(rows[^1].Sid);
        _rollup.Rows.Bind(command.Parameters, rollupSlot);
        return (await command.ReadAsync(row => row.Sid(0, "VE"), CancellationToken.None)).ToHashSet();
    }

    void AddNew(List<HistoryRow> rows)
    {
        Clear();
        foreach (var row in rows)
        {
            Add(row);
            _service.Add(row.ServiceSid.ToUuid());
            _account.Add(row.AccountSid.ToUuid());
            _destination.Add(VerificationStep.KeyOf(row.ServiceSid, row.Key).ToUuid()); // The key is service and destination; so is the destination key and service.
            _created.Add(row.CreatedAt.ToUnixTimeMilliseconds());
            _code.Add(CodeBytes.Write(row.Code));
            var verification = Open(row);
            if (verification is not null)
            {
                Rollup.CountStart(_rollup, verification);
            }

            _began.Add(_rollup.End());
            CountEnd(verification);
        }
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

    void CountEnd(Verification? verification)
    {
        if (verification is not null)
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
}
