using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// What steps add for receivers, as arrays for the transaction that keeps the steps. Whether a step was kept, which only the statement before knows, is asked of its row: it was if
/// this very transaction wrote it.
/// </summary>
sealed class EventArrays(string table)
{
    const string Names = "receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, data";

    readonly string _keptSql = $"""
        INSERT INTO event ({Names})
        SELECT {Values} FROM {Unnest} WHERE EXISTS (SELECT 1 FROM {table} k WHERE k.sid = i.subject AND k.shard = i.shard AND k.sid >= $11 AND k.sid <= $12 AND k.xmin = pg_current_xact_id()::xid)
        """;

    readonly string _watchSql = $"""
        INSERT INTO event_watch (verification_sid, service_sid, account_sid, due_at)
        SELECT i.sid, i.service_sid, i.account_sid, i.due_at FROM unnest($1, $2, $3, $4, $5) AS i(sid, shard, service_sid, account_sid, due_at)
        WHERE EXISTS (SELECT 1 FROM {table} k WHERE k.sid = i.sid AND k.shard = i.shard AND k.sid >= $6 AND k.sid <= $7 AND k.xmin = pg_current_xact_id()::xid)
        ON CONFLICT DO NOTHING
        """;

    /// <summary>The same for events that are sure: of a row that this transaction has locked, or of none.</summary>
    const string SureSql = $"INSERT INTO event ({Names}) SELECT {Values} FROM {Unnest} WHERE $11 <= $12";

    const string Values = "i.receiver, i.is_sink, i.account_sid, i.service_sid, i.type, i.event_id, i.at, i.at, i.at, i.data";

    const string Unnest = "unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS i(subject, shard, receiver, is_sink, account_sid, service_sid, type, event_id, at, data)";

    readonly ArrayParameter<Guid> _subject = ArrayParameter.Uuid(), _receiver = ArrayParameter.Uuid(), _account = ArrayParameter.Uuid(), _service = ArrayParameter.Uuid();
    readonly ArrayParameter<short> _shard = ArrayParameter.Small(), _type = ArrayParameter.Small();
    readonly ArrayParameter<bool> _isSink = ArrayParameter.Flag();
    readonly ArrayParameter<string?> _id = ArrayParameter.Text();
    readonly ArrayParameter<long> _at = ArrayParameter.Long(), _due = ArrayParameter.Long();
    readonly ArrayParameter<byte[]?> _data = ArrayParameter.Bytes();
    readonly ArrayParameter<Guid> _watched = ArrayParameter.Uuid(), _watchedService = ArrayParameter.Uuid(), _watchedAccount = ArrayParameter.Uuid();
    readonly ArrayParameter<short> _watchedShard = ArrayParameter.Small();
    Sid _lowest, _highest;
    bool _any;

    public bool IsEmpty => !_any;

    public int Count => _at.Count;

    public void Clear()
    {
        if (!_any)
        {
            return;
        }

        ArrayParameter[] all = [.. Columns, .. WatchColumns];
        Array.ForEach(all, column => column.Clear());
        _any = false;
    }

    /// <summary>What a step adds.</summary>
    public void Add(SealedEvents made)
    {
        foreach (var (subject, entry) in made.Events)
        {
            Add(subject, entry);
        }

        if (made.Watch is { } watch)
        {
            Bound(watch.VerificationSid);
            _watched.Add(watch.VerificationSid.ToUuid());
            _watchedShard.Add((short)Sid.ShardOf(watch.VerificationSid.Value));
            _watchedService.Add(watch.ServiceSid.ToUuid());
            _watchedAccount.Add(watch.AccountSid.ToUuid());
            _due.Add(watch.DueAt.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>An event, its data sealed, of what the row of <paramref name="subject"/> became.</summary>
    public void Add(Sid subject, EventEntry entry)
    {
        Bound(subject);
        _subject.Add(subject.ToUuid());
        _shard.Add((short)Sid.ShardOf(subject.Value));
        _receiver.Add(entry.Receiver.ToUuid());
        _isSink.Add(entry.Receiver.Prefix == "DG");
        _account.Add(entry.AccountSid.ToUuid());
        _service.Add(entry.ServiceSid.ToUuid());
        _type.Add((short)entry.Type);
        _id.Add(entry.Id);
        _at.Add(entry.At.ToUnixTimeMilliseconds());
        _data.Add(entry.Data);
    }

    /// <summary>Adds the statements to a batch, behind those that write the rows; none where there is nothing to keep.</summary>
    public void AddTo(NpgsqlBatch batch, bool areSure = false)
    {
        if (_at.Count > 0)
        {
            batch.BatchCommands.Add(Command(areSure ? SureSql : _keptSql, Columns));
        }

        if (_due.Count > 0)
        {
            batch.BatchCommands.Add(Command(_watchSql, WatchColumns));
        }
    }

    ArrayParameter[] Columns => [_subject, _shard, _receiver, _isSink, _account, _service, _type, _id, _at, _data];

    ArrayParameter[] WatchColumns => [_watched, _watchedShard, _watchedService, _watchedAccount, _due];

    NpgsqlBatchCommand Command(string sql, ArrayParameter[] columns)
    {
        var command = new NpgsqlBatchCommand(sql);
        Array.ForEach(columns, column => command.Parameters.Add(column.AsParameter()));
        command.Parameters.Bind(_lowest).Bind(_highest);
        return command;
    }

    void Bound(Sid subject)
    {
        _lowest = !_any || subject < _lowest ? subject : _lowest;
        _highest = !_any || subject > _highest ? subject : _highest;
        _any = true;
    }
}

/// <summary>What a step adds for receivers, its data sealed.</summary>
sealed record SealedEvents(IReadOnlyList<(Sid Subject, EventEntry Event)> Events, ExpiryWatch? Watch)
{
    public static SealedEvents? Of(StepEvents? made, Sealer sealer) => made is null ? null : new SealedEvents(
        [.. made.Events.Select(entry => (entry.Verification, Seal(entry.Event, sealer)))], made.Watch);

    public static EventEntry Seal(EventEntry entry, Sealer sealer) => entry with { Data = EventSeal.Seal(sealer, entry) };
}
