using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Insight;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Writes attempts, and takes their messages out of the outbox, in one transaction. One call at a time.</summary>
sealed class AttemptWriter(
    PostgresDatabase database, Partitions partitions, Func<IReadOnlyList<Sid>, Task<ReceivedReceipts>> takeEarly, short rollupSlot, EventMaker maker,
    PostgresEventStore events, Sealer sealer) : IAsyncDisposable
{
    const string Names = """
        sid, shard, verification_sid, service_sid, account_sid, channel, is_first, status, segments, error, created_at, updated_at,
        carrier, carrier_message_id, carrier_code, locale, route, tries, charge, country
        """;

    /// <summary>
    /// Outcomes, of which hardly ever one is known already: so they are not looked for first, which costs as much as writing them. Of one that is, the database says so, and nothing of the
    /// exchange is kept.
    /// </summary>
    static readonly string InsertSql = $"INSERT INTO attempt ({Names}) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

    /// <summary>What they count, by the bundle of each.</summary>
    static readonly string CountSql = RollupArrays.AddKeptSql("unnest($1) AS k (bundle)", 2, RollupArrays.All);

    /// <summary>Those that are not known yet, and what these count: slower, and right whatever is known.</summary>
    static readonly string InsertNewSql = $"""
        WITH i AS MATERIALIZED (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) AS t({Names}, bundle)
        ), a AS (
            INSERT INTO attempt ({Names}) SELECT {Names} FROM i ON CONFLICT (sid, shard) DO NOTHING RETURNING sid
        )
        {RollupArrays.AddKeptSql("(SELECT bundle FROM i WHERE (sid IN (SELECT sid FROM a)) IS TRUE) AS k", 22, RollupArrays.All)}
        """;

    const string DeleteSql = "DELETE FROM outbox WHERE id = ANY($1)";

    /// <summary>
    /// What is left, and not how much less: an exchange that was kept without our hearing of it is repeated, and another node that had the row counts the same outcomes. The least, since each
    /// of those who count knows at most of some outcomes less than there are.
    /// </summary>
    const string LeaveSql = "UPDATE outbox o SET waiting = least(o.waiting, i.waiting) FROM unnest($1, $2) AS i(id, waiting) WHERE o.id = i.id";

    readonly ArrayParameter<Guid> _sid = ArrayParameter.Uuid(), _verification = ArrayParameter.Uuid(), _service = ArrayParameter.Uuid(), _account = ArrayParameter.Uuid();
    readonly ArrayParameter<short> _shard = ArrayParameter.Small(), _channel = ArrayParameter.Small(), _status = ArrayParameter.Small();
    readonly ArrayParameter<bool> _first = ArrayParameter.Flag();
    readonly ArrayParameter<int> _segments = ArrayParameter.Int();
    readonly ArrayParameter<int?> _error = ArrayParameter.NullableInt();
    readonly ArrayParameter<long> _created = ArrayParameter.Long(), _updated = ArrayParameter.Long();
    readonly ArrayParameter<string?> _carrier = ArrayParameter.Text(), _message = ArrayParameter.Text(), _code = ArrayParameter.Text(), _locale = ArrayParameter.Text();
    readonly ArrayParameter<string?> _route = ArrayParameter.Text(), _tries = ArrayParameter.Text(), _charge = ArrayParameter.Text(), _country = ArrayParameter.Text();
    readonly ArrayParameter<short?> _bundle = ArrayParameter.NullableSmall();
    readonly RollupBundles _rollup = new(RollupArrays.All);
    readonly EventArrays _events = new("attempt");
    readonly ArrayParameter<long> _empty = ArrayParameter.Long(), _less = ArrayParameter.Long();
    readonly ArrayParameter<int> _left = ArrayParameter.Int();
    readonly HashSet<Sid> _added = [];
    NpgsqlConnection? _connection;

    // Made when they are first used.
    ArrayParameter[]? _arrays;
    KeptCommand? _insert, _counts, _insertNew, _delete, _lessen, _anyEarly;

    ArrayParameter[] Columns =>
        [_sid, _shard, _verification, _service, _account, _channel, _first, _status, _segments, _error, _created, _updated, _carrier, _message, _code, _locale, _route, _tries, _charge, _country];

    /// <summary>Keeps outcomes; one that is known already changes nothing.</summary>
    /// <returns>As <see cref="IOutbox.RecordAsync"/>.</returns>
    /// <exception cref="StoreUnavailableException">The database failed: repeating it is harmless.</exception>
    public async Task<ReceivedReceipts> WriteAsync(IReadOnlyList<SendRecord> records, IReadOnlyList<SettledRow> rows)
    {
        Array.ForEach(_arrays ??= [.. Columns, _bundle, _empty, _less, _left], column => column.Clear());
        _rollup.Clear();
        _events.Clear();
        _added.Clear();
        foreach (var record in records)
        {
            // Each once, or one that two calls record together would count twice.
            if (!_added.Add(record.Item.Attempt.Sid))
            {
                continue;
            }

            await EnsureDayAsync(record.Item.Attempt.Sid);
            var attempt = RecordedAttempt.Of(record);
            Add(attempt);
            foreach (var entry in maker.OfSend(attempt, record.Item.Verification) ?? [])
            {
                _events.Add(attempt.Sid, SealedEvents.Seal(entry, sealer));
            }

            Rollup.CountSend(_rollup, record);
            _bundle.Add(_rollup.End());
        }

        foreach (var row in rows)
        {
            if (row.Left == 0)
            {
                _empty.Add(row.Id);
                continue;
            }

            _less.Add(row.Id);
            _left.Add(row.Left);
        }

        var (isAnyEarly, wereKnown) = await ExecuteAsync(areNew: true);
        if (!isAnyEarly && !wereKnown)
        {
            return ReceivedReceipts.None;
        }

        List<Sid> sent = [.. records.Where(record => record.Carrier is not null).Select(record => record.Item.Attempt.Sid)];
        var early = isAnyEarly ? await takeEarly(sent) : ReceivedReceipts.None;

        // An earlier exchange may have taken what came early, and failed before it could say so.
        var undelivered = wereKnown ? await database.RunAsync(connection => PostgresAttemptRows.UndeliveredAsync(connection, sent), CancellationToken.None) : [];
        return early with { SaidAgain = [.. early.SaidAgain.UnionBy(undelivered, attempt => attempt.Sid).ExceptBy(early.Changed.Select(attempt => attempt.Sid), attempt => attempt.Sid)] };
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    /// <summary>Whether receipts wait that came before their attempts, and whether an outcome was known already.</summary>
    /// <param name="areNew">None of them was kept before, as far as is known.</param>
    async Task<(bool IsAnyEarly, bool WereKnown)> ExecuteAsync(bool areNew)
    {
        try
        {
            _connection = await database.TakeLaneAsync(_connection, CancellationToken.None);
            await using var batch = new NpgsqlBatch(_connection);
            if (areNew)
            {
                (_insert ??= new KeptCommand(InsertSql, Columns)).AddTo(batch);
                (_counts ??= Counting(CountSql, _bundle)).AddTo(batch);
            }
            else
            {
                (_insertNew ??= Counting(InsertNewSql, [.. Columns, _bundle])).AddTo(batch);
            }

            if (_empty.Count > 0)
            {
                (_delete ??= new KeptCommand(DeleteSql, _empty)).AddTo(batch);
            }

            if (_less.Count > 0)
            {
                (_lessen ??= new KeptCommand(LeaveSql, _less, _left)).AddTo(batch);
            }

            _events.AddTo(batch);

            // In the same exchange, but after the commit, which the barrier is: else whoever brings a receipt now and we could each miss what the other has not committed.
            batch.BatchCommands[^1].AppendErrorBarrier = true;
            (_anyEarly ??= new KeptCommand(EarlyReceipts.AnySql)).AddTo(batch);
            bool anyEarly;
            await using (var results = await batch.ExecuteReaderAsync())
            {
                anyEarly = await results.ReadAsync() && results.GetBoolean(0);
                await results.NextResultAsync();
            }

            database.Used(_connection);
            if (!_events.IsEmpty)
            {
                events.Announce();
            }

            return (anyEarly, !areNew);
        }
        catch (PostgresException known) when (areNew && known.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Rolled back as a whole: an outcome is recorded a second time, by this node after a doubtful exchange, or by another.
            return await ExecuteAsync(areNew: false);
        }
        catch (Exception problem)
        {
            // Whatever it was: a connection that broke while it was idle says so in other words than one that breaks under a statement.
            await DisposeAsync();
            if (problem is not NpgsqlException failure)
            {
                throw;
            }

            database.Failed(failure);
            if (failure.SqlState == PostgresErrorCodes.CheckViolation)
            {
                partitions.ForgetAll();
            }

            throw failure.ToUnavailable();
        }
    }

    void Add(AttemptRecord attempt)
    {
        _sid.Add(attempt.Sid.ToUuid());
        _shard.Add((short)Sid.ShardOf(attempt.Sid.Value));
        _verification.Add(attempt.VerificationSid.ToUuid());
        _service.Add(attempt.ServiceSid.ToUuid());
        _account.Add(attempt.AccountSid.ToUuid());
        _channel.Add((short)attempt.Channel);
        _first.Add(attempt.IsFirst);
        _status.Add((short)attempt.Status);
        _segments.Add(attempt.Segments);
        _error.Add((int?)attempt.Error);
        _created.Add(attempt.CreatedAt.ToUnixTimeMilliseconds());
        _updated.Add(attempt.UpdatedAt.ToUnixTimeMilliseconds());
        _carrier.Add(attempt.Carrier);
        _message.Add(attempt.CarrierMessageId);
        _code.Add(attempt.CarrierCode);
        _locale.Add(attempt.Locale);
        _route.Add(attempt.Route);
        _tries.Add(TryDocument.Write(attempt.Tries));
        _charge.Add(ChargeDocument.Write(attempt));
        _country.Add(attempt.Country);
    }

    async ValueTask EnsureDayAsync(Sid attempt)
    {
        if (!partitions.Knows(attempt))
        {
            await partitions.EnsureAsync(attempt.OrderedAt, attempt.OrderedAt, CancellationToken.None);
        }
    }

    KeptCommand Counting(string sql, params ArrayParameter[] columns) => new(sql, () => [.. columns.Select(column => column.AsParameter()), .. _rollup.Rows.Parameters(rollupSlot)]);
}
