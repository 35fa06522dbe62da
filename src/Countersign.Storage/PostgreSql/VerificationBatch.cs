using Countersign.Core.Insight;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using Npgsql;
using NpgsqlTypes;

namespace Countersign.Storage.PostgreSql;

/// <summary>What a step's decision needs on its way into a row that can be made before the batch is sent.</summary>
/// <param name="Code">For a new verification.</param>
/// <param name="Attempts">Null where they did not change.</param>
/// <param name="Personal">Sealed; null where it did not change, since sealing costs more than the row.</param>
/// <param name="Events">For receivers; null where nobody is told.</param>
sealed record PreparedRow(byte[]? Code, byte[]? Attempts, byte[]? Personal, SealedEvents? Events);

/// <summary>The arrays of one exchange's statements; kept by a lane and filled anew, so that a batch allocates little.</summary>
sealed class VerificationBatch(short rollupSlot)
{
    /// <summary>What steps count; messages count where their outcome is recorded.</summary>
    static readonly IReadOnlyList<RollupCounter> Counted = [RollupCounter.Starts, RollupCounter.Approved, RollupCounter.Canceled, RollupCounter.MaxAttempts, RollupCounter.Converted];

    /// <summary>
    /// New verifications. The head of the destination decides: it must be what the step saw. Rows come sorted by key, so that two nodes' batches wait for each other in one order.
    /// The IN is written so that it stays a hashed subplan: a join would be planned as loops over loops here.
    /// </summary>
    static readonly string InsertSql = Insert("", "SELECT key, key_shard, sid, prev FROM i", rollup: 20);

    /// <summary>
    /// The same where no destination has a head, as far as is known (<see cref="Newcomers"/>). Of one that has, the database says so, and nothing of the exchange is kept; so a head is
    /// looked for once, not twice, and what follows need not ask whether it was kept.
    /// </summary>
    const string TrustedHeadsSql = "INSERT INTO head (key, shard, sid) SELECT * FROM unnest($1, $2, $3)";

    const string TrustedSql = """
        INSERT INTO verification
            (sid, shard, service_sid, account_sid, destination, status, channel, checks, created_at, updated_at, expires_at, code, attempts, personal, version)
        SELECT t.*, 1 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS t
        """;

    static readonly string TrustedRollupSql = RollupArrays.AddKeptSql("unnest($1) AS k (bundle)", 2, Counted);

    /// <summary>
    /// The same where some take the place of others: what they replace must also be as the step saw it, since a guess that came between may forbid the new one. It is locked, so
    /// that of a guess under way its end is waited for. The bounds leave out all partitions but those of the replaced ones' days.
    /// </summary>
    static readonly string ReplaceSql = Insert(
        """
        , p AS MATERIALIZED (
            SELECT v.sid FROM i JOIN verification v ON v.sid = i.prev AND v.version = i.prev_version AND v.sid >= $20 AND v.sid <= $21 FOR SHARE OF v
        )
        """,
        "SELECT key, key_shard, sid, prev FROM i WHERE prev_version IS NULL OR (prev IN (SELECT sid FROM p)) IS TRUE",
        rollup: 22);

    /// <summary>
    /// Changes of verifications whose version is still what the step saw; and, for a step that names a destination, that are still its newest: a node that remembers one does not know
    /// of another in its place, which leaves the version of one that has expired as it is. The bounds let PostgreSQL leave out all partitions but those of the batch's days.
    /// </summary>
    static readonly string UpdateSql = $"""
        WITH u AS (
        UPDATE verification v
        SET status = i.status, checks = i.checks, updated_at = i.updated_at, channel = i.channel, expires_at = i.expires_at, version = v.version + 1,
            attempts = coalesce(i.attempts, v.attempts), personal = coalesce(i.personal, v.personal)
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS i(sid, shard, version, status, channel, checks, updated_at, expires_at, attempts, personal, bundle, key)
        WHERE v.sid = i.sid AND v.shard = i.shard AND v.version = i.version AND v.sid >= $13 AND v.sid <= $14
            AND (i.key IS NULL OR (SELECT h.sid FROM head h WHERE h.key = i.key AND h.shard = i.shard) = i.sid)
        RETURNING v.sid, i.bundle
        ), r AS ({RollupArrays.AddKeptSql("u", 15, Counted)})
        SELECT sid FROM u
        """;

    /// <summary>Verifications whose place a new one took while they were pending: only if it did.</summary>
    static readonly string EndSql = $"""
        WITH e AS (
        UPDATE verification v SET status = i.status, updated_at = i.updated_at, version = v.version + 1
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS i(sid, shard, version, status, updated_at, successor, bundle)
        WHERE v.sid = i.sid AND v.shard = i.shard AND v.version = i.version AND EXISTS (SELECT 1 FROM verification n WHERE n.sid = i.successor)
        RETURNING i.bundle
        )
        {RollupArrays.AddKeptSql("e", 8, Counted)}
        """;

    static string Insert(string checks, string heads, int rollup) => $"""
        WITH i AS MATERIALIZED (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
                AS t(key, key_shard, prev, sid, shard, service_sid, account_sid, destination, status, channel, checks, created_at, updated_at, expires_at, code, attempts, personal, bundle, prev_version)
        ){checks}, h AS (
            INSERT INTO head (key, shard, sid, prev)
            {heads}
            ON CONFLICT (key, shard) DO UPDATE SET sid = EXCLUDED.sid, prev = EXCLUDED.prev WHERE head.sid = EXCLUDED.prev
            RETURNING sid
        ), v AS (
            INSERT INTO verification
                (sid, shard, version, service_sid, account_sid, destination, status, channel, checks, created_at, updated_at, expires_at, code, attempts, personal)
            SELECT sid, shard, 1, service_sid, account_sid, destination, status, channel, checks, created_at, updated_at, expires_at, code, attempts, personal
            FROM i WHERE (sid IN (SELECT sid FROM h)) IS TRUE
            RETURNING sid
        ), r AS ({RollupArrays.AddKeptSql("(SELECT bundle FROM i WHERE (sid IN (SELECT sid FROM h)) IS TRUE) AS k", rollup, Counted)})
        SELECT sid FROM v
        """;

    const string OutboxSql = "INSERT INTO outbox (id, owner, asked_at, waiting, entries) VALUES ($1, $2, $3, $4, $5)";

    const string AlarmSql = """
        INSERT INTO alarm (due_at, service_sid, verification_sid, attempt_sid)
        SELECT i.due_at, i.service_sid, i.verification_sid, i.attempt_sid FROM unnest($1, $2, $3, $4) AS i(due_at, service_sid, verification_sid, attempt_sid)
        """;

    readonly ArrayParameter<Guid> _key = ArrayParameter.Uuid(), _sid = ArrayParameter.Uuid(), _service = ArrayParameter.Uuid(), _account = ArrayParameter.Uuid(), _destination = ArrayParameter.Uuid();
    readonly ArrayParameter<Guid?> _prev = ArrayParameter.NullableUuid(), _changedKey = ArrayParameter.NullableUuid();
    readonly ArrayParameter<short> _keyShard = ArrayParameter.Small(), _shard = ArrayParameter.Small(), _status = ArrayParameter.Small(), _channel = ArrayParameter.Small(), _checks = ArrayParameter.Small();
    readonly ArrayParameter<long> _created = ArrayParameter.Long(), _updated = ArrayParameter.Long(), _expires = ArrayParameter.Long();
    readonly ArrayParameter<byte[]?> _code = ArrayParameter.Bytes(), _attempts = ArrayParameter.Bytes(), _personal = ArrayParameter.Bytes();

    readonly ArrayParameter<int?> _prevVersion = ArrayParameter.NullableInt();

    readonly RollupBundles _rollup = new(Counted);
    readonly ArrayParameter<short?> _bundle = ArrayParameter.NullableSmall(), _changedBundle = ArrayParameter.NullableSmall(), _endedBundle = ArrayParameter.NullableSmall();

    readonly ArrayParameter<Guid> _changed = ArrayParameter.Uuid();
    readonly ArrayParameter<int> _version = ArrayParameter.Int();
    readonly ArrayParameter<short> _changedShard = ArrayParameter.Small(), _changedStatus = ArrayParameter.Small(), _changedChannel = ArrayParameter.Small(), _changedChecks = ArrayParameter.Small();
    readonly ArrayParameter<long> _changedAt = ArrayParameter.Long(), _changedExpires = ArrayParameter.Long();
    readonly ArrayParameter<byte[]?> _changedAttempts = ArrayParameter.Bytes(), _changedPersonal = ArrayParameter.Bytes();
    Guid _lowest, _highest, _lowestPrev, _highestPrev;

    readonly ArrayParameter<Guid> _ended = ArrayParameter.Uuid(), _successor = ArrayParameter.Uuid();
    readonly ArrayParameter<int> _endedVersion = ArrayParameter.Int();
    readonly ArrayParameter<short> _endedShard = ArrayParameter.Small(), _endedStatus = ArrayParameter.Small();
    readonly ArrayParameter<long> _endedAt = ArrayParameter.Long();

    readonly ArrayParameter<Guid> _alarmService = ArrayParameter.Uuid(), _alarmVerification = ArrayParameter.Uuid(), _alarmAttempt = ArrayParameter.Uuid();
    readonly ArrayParameter<long> _due = ArrayParameter.Long();

    readonly EventArrays _events = new("verification");

    // Made when they are first used.
    ArrayParameter[]? _arrays;
    KeptCommand? _trustedHeads, _trusted, _trustedCounts, _insert, _replace, _update, _end, _keepMessages, _alarm;

    ArrayParameter[] Inserted => [_key, _keyShard, _prev, _sid, _shard, _service, _account, _destination, _status, _channel, _checks, _created, _updated, _expires, _code, _attempts, _personal, _bundle, _prevVersion];

    ArrayParameter[] Changed => [_changed, _changedShard, _version, _changedStatus, _changedChannel, _changedChecks, _changedAt, _changedExpires, _changedAttempts, _changedPersonal, _changedBundle, _changedKey];

    ArrayParameter[] EndedOnes => [_ended, _endedShard, _endedVersion, _endedStatus, _endedAt, _successor, _endedBundle];

    ArrayParameter[] Alarms => [_due, _alarmService, _alarmVerification, _alarmAttempt];

    /// <summary>Adds the statements that keep the decisions of these entries, which are sorted, to a batch. Those that answer with the SIDs that they kept come first.</summary>
    /// <param name="batch">Gets the statements.</param>
    /// <param name="writes">The entries.</param>
    /// <param name="trustsNew">All that are new go without a look, and without an answer: they are kept, or the whole batch fails.</param>
    /// <param name="outbox">The row of their messages; null for none.</param>
    /// <returns>How many statements answer.</returns>
    public int AddTo(NpgsqlBatch batch, IEnumerable<StepEntry> writes, bool trustsNew, OutboxRow? outbox)
    {
        Array.ForEach(_arrays ??= [.. Inserted, .. Changed, .. EndedOnes, .. Alarms], parameter => parameter.Clear());
        _rollup.Clear();
        _events.Clear();
        (_lowest, _highest) = (_lowestPrev, _highestPrev) = (Guid.AllBitsSet, Guid.Empty);
        foreach (var entry in writes)
        {
            Add(entry);
        }

        var answering = 0;
        if (_sid.Count > 0 && trustsNew)
        {
            (_trustedHeads ??= new KeptCommand(TrustedHeadsSql, _key, _keyShard, _sid)).AddTo(batch);
            (_trusted ??= new KeptCommand(
                TrustedSql, _sid, _shard, _service, _account, _destination, _status, _channel, _checks, _created, _updated, _expires, _code, _attempts, _personal)).AddTo(batch);
            (_trustedCounts ??= new KeptCommand(TrustedRollupSql, () => [_bundle.AsParameter(), .. Counts])).AddTo(batch);
        }
        else if (_sid.Count > 0 && _highestPrev == Guid.Empty)
        {
            (_insert ??= new KeptCommand(InsertSql, () => [.. Of(Inserted), .. Counts])).AddTo(batch);
            answering++;
        }
        else if (_sid.Count > 0)
        {
            (_replace ??= new KeptCommand(ReplaceSql, () => [.. Of(Inserted), Bound(), Bound(), .. Counts])).AddTo(batch).Set(20, _lowestPrev).Set(21, _highestPrev);
            answering++;
        }

        if (_changed.Count > 0)
        {
            (_update ??= new KeptCommand(UpdateSql, () => [.. Of(Changed), Bound(), Bound(), .. Counts])).AddTo(batch).Set(13, _lowest).Set(14, _highest);
            answering++;
        }

        if (_ended.Count > 0)
        {
            (_end ??= new KeptCommand(EndSql, () => [.. Of(EndedOnes), .. Counts])).AddTo(batch);
        }

        if (outbox is not null)
        {
            (_keepMessages ??= new KeptCommand(OutboxSql, OutboxParameters)).AddTo(batch)
                .Set(1, outbox.Id).Set(2, outbox.Owner).Set(3, outbox.AskedAt).Set(4, outbox.Count).Set(5, outbox.Entries);
        }

        if (_due.Count > 0)
        {
            (_alarm ??= new KeptCommand(AlarmSql, Alarms)).AddTo(batch);
        }

        _events.AddTo(batch);
        return answering;
    }

    void Add(StepEntry entry)
    {
        var next = entry.Decision.Save!;
        var row = (PreparedRow)entry.Prepared!;
        if (row.Events is { } events)
        {
            _events.Add(events);
        }

        if (entry.IsNew)
        {
            _key.Add(entry.Key.ToUuid());
            _keyShard.Add((short)Core.Sid.ShardOf(entry.Key));
            _prev.Add(entry.Head is { } head ? head.ToUuid() : null);
            _sid.Add(next.Sid.ToUuid());
            _shard.Add((short)Core.Sid.ShardOf(next.Sid.Value));
            _service.Add(next.ServiceSid.ToUuid());
            _account.Add(next.AccountSid.ToUuid());
            _destination.Add(entry.Step.Destination.ToUuid());
            _status.Add((short)next.Status);
            _channel.Add((short)next.Channel);
            _checks.Add((short)next.Checks);
            _created.Add(next.CreatedAt.ToUnixTimeMilliseconds());
            _updated.Add(next.UpdatedAt.ToUnixTimeMilliseconds());
            _expires.Add(next.ExpiresAt.ToUnixTimeMilliseconds());
            _code.Add(row.Code);
            _attempts.Add(row.Attempts);
            _personal.Add(row.Personal);
            Rollup.CountStep(_rollup, entry.Current?.Verification, entry.Decision with { Ended = null });
            _bundle.Add(_rollup.End());
            _prevVersion.Add(entry.Current?.Version);
            if (entry.Current is not null)
            {
                var prev = entry.Head!.Value.ToUuid();
                _lowestPrev = prev.ToValue() < _lowestPrev.ToValue() ? prev : _lowestPrev;
                _highestPrev = prev.ToValue() > _highestPrev.ToValue() ? prev : _highestPrev;
            }

            if (entry.Decision.Ended is { } ended && entry.Current is { } replaced)
            {
                AddEnded(ended, replaced, next);
            }
        }
        else
        {
            var sid = next.Sid.ToUuid();
            _changed.Add(sid);
            _changedShard.Add((short)Core.Sid.ShardOf(next.Sid.Value));
            _version.Add(entry.Current!.Version);
            _changedStatus.Add((short)next.Status);
            _changedChannel.Add((short)next.Channel);
            _changedChecks.Add((short)next.Checks);
            _changedAt.Add(next.UpdatedAt.ToUnixTimeMilliseconds());
            _changedExpires.Add(next.ExpiresAt.ToUnixTimeMilliseconds());
            _changedAttempts.Add(row.Attempts);
            _changedPersonal.Add(row.Personal);
            Rollup.CountStep(_rollup, entry.Current.Verification, entry.Decision);
            _changedBundle.Add(_rollup.End());
            _changedKey.Add(entry.Step.VerificationSid is null ? entry.Key.ToUuid() : null);
            _lowest = sid.ToValue() < _lowest.ToValue() ? sid : _lowest;
            _highest = sid.ToValue() > _highest.ToValue() ? sid : _highest;
        }

        if (entry.Decision is { Send: { } attempt, WakeAt: { } due })
        {
            // One of a decision that is not kept names an attempt that is not there: it does nothing when it comes.
            _due.Add(due.ToUnixTimeMilliseconds());
            _alarmService.Add(next.ServiceSid.ToUuid());
            _alarmVerification.Add(next.Sid.ToUuid());
            _alarmAttempt.Add(attempt.Sid.ToUuid());
        }
    }

    void AddEnded(Verification ended, StoredVerification replaced, Verification successor)
    {
        _ended.Add(ended.Sid.ToUuid());
        _endedShard.Add((short)Core.Sid.ShardOf(ended.Sid.Value));
        _endedVersion.Add(replaced.Version);
        _endedStatus.Add((short)ended.Status);
        _endedAt.Add(ended.UpdatedAt.ToUnixTimeMilliseconds());
        _successor.Add(successor.Sid.ToUuid());
        Rollup.CountStep(_rollup, replaced.Verification, new StepDecision(ended));
        _endedBundle.Add(_rollup.End());
    }

    IEnumerable<NpgsqlParameter> Counts => _rollup.Rows.Parameters(rollupSlot);

    static IEnumerable<NpgsqlParameter> Of(ArrayParameter[] columns) => columns.Select(column => column.AsParameter());

    static NpgsqlParameter<Guid> Bound() => new();

    static IEnumerable<NpgsqlParameter> OutboxParameters() =>
        [new NpgsqlParameter<long>(), new NpgsqlParameter<long?> { NpgsqlDbType = NpgsqlDbType.Bigint }, new NpgsqlParameter<long>(), new NpgsqlParameter<int>(), new NpgsqlParameter<byte[]>()];
}

/// <summary>The row that holds the messages of one exchange.</summary>
/// <param name="Id">Given by the node, growing.</param>
/// <param name="Owner">The node that has them in memory; null where it has no room.</param>
/// <param name="AskedAt">The oldest, in Unix milliseconds.</param>
/// <param name="Count">Messages.</param>
/// <param name="Entries">The messages, as <see cref="OutboxEntries"/> writes them.</param>
sealed record OutboxRow(long Id, long? Owner, long AskedAt, int Count, byte[] Entries);
