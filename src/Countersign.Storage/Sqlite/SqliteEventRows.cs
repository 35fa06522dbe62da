using Countersign.Core;
using Countersign.Core.Events;

namespace Countersign.Storage.Sqlite;

/// <summary>Rows of events and of watches. Only the writer's thread uses it.</summary>
sealed class SqliteEventRows(WriteContext context)
{
    const string Columns = "position, receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, tries, dead, problem, data";

    readonly Statement _insert = context.Prepare("""
        INSERT INTO event (receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, tries, dead, data)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, ?10)
        """);

    readonly Statement _due = context.Prepare($"SELECT {Columns} FROM event WHERE receiver = ?1 AND dead = 0 AND due_at <= ?2 ORDER BY due_at, position LIMIT ?3");
    readonly Statement _delete = context.Prepare("DELETE FROM event WHERE position = ?1");
    readonly Statement _settle = context.Prepare("UPDATE event SET tries = tries + 1, problem = ?1, due_at = ?2, dead = ?3 WHERE position = ?4");
    readonly Statement _waiting = context.Prepare("SELECT count(*) FROM (SELECT 1 FROM event WHERE receiver = ?1 AND dead = 0 LIMIT ?2)");
    readonly Statement _older = context.Prepare($"SELECT {Columns} FROM event WHERE account_sid = ?1 AND dead = ?2 AND position < ?3 AND (?4 IS NULL OR receiver = ?4) ORDER BY position DESC LIMIT ?5");
    readonly Statement _newer = context.Prepare($"SELECT {Columns} FROM event WHERE account_sid = ?1 AND dead = ?2 AND position > ?3 AND (?4 IS NULL OR receiver = ?4) ORDER BY position LIMIT ?5");
    readonly Statement _find = context.Prepare($"SELECT {Columns} FROM event WHERE position = ?1 AND account_sid = ?2");
    readonly Statement _revive = context.Prepare("""
        UPDATE event SET dead = 0, tries = 0, since = ?1, due_at = ?1 WHERE account_sid = ?2 AND dead = 1 AND (?3 IS NULL OR position = ?3) AND (?4 IS NULL OR receiver = ?4)
        """);

    readonly Statement _deleteOwn = context.Prepare("DELETE FROM event WHERE position = ?1 AND account_sid = ?2");
    readonly Statement _deleteOf = context.Prepare("DELETE FROM event WHERE position IN (SELECT position FROM event WHERE receiver = ?1 LIMIT 100000)");
    readonly Statement _deleteOld = context.Prepare("DELETE FROM event WHERE position IN (SELECT position FROM event WHERE (dead = 1 AND due_at < ?1) OR at < ?2 ORDER BY position LIMIT 1000)");

    readonly Statement _watch = context.Prepare("INSERT OR IGNORE INTO event_watch (verification_sid, service_sid, account_sid, due_at) VALUES (?1, ?2, ?3, ?4)");
    readonly Statement _unwatch = context.Prepare("DELETE FROM event_watch WHERE verification_sid = ?1");
    readonly Statement _dueWatches = context.Prepare("SELECT verification_sid, service_sid, account_sid, due_at FROM event_watch WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");

    public void Insert(EventEntry entry, byte[] data) => _insert
        .Bind(entry.Receiver).Bind(entry.Receiver.Prefix == "DG" ? 1L : 0L).Bind(entry.AccountSid).Bind(entry.ServiceSid).Bind((long)entry.Type).Bind(entry.Id)
        .Bind(entry.At).Bind(entry.Since).Bind(entry.DueAt).Bind(data).Run();

    public List<EventEntry> Due(Sid receiver, DateTimeOffset now, int max) => Read(_due.Bind(receiver).Bind(now).Bind((long)max));

    public void Delete(long position) => _delete.Bind(position).Run();

    public void Settle(long position, EventOutcome outcome) =>
        _settle.Bind(outcome.Problem).Bind(outcome.RetryAt ?? context.Now).Bind(outcome.RetryAt is null ? 1L : 0L).Bind(position).Run();

    public int Waiting(Sid receiver, int most)
    {
        _waiting.Bind(receiver).Bind((long)most).Read();
        var count = _waiting.Int(0);
        _waiting.Reset();
        return count;
    }

    public List<EventEntry> List(Sid account, Sid? receiver, bool dead, PageRequest request)
    {
        var backwards = request.Cursor is { Backwards: true };
        var list = (backwards ? _newer : _older).Bind(account).Bind(dead ? 1L : 0L).Bind(request.Cursor?.Position ?? long.MaxValue);
        return Read(BindOrNull(list, receiver).Bind(EventPages.Limit(request)));
    }

    public EventEntry? Find(Sid account, long position) => Read(_find.Bind(position).Bind(account)).FirstOrDefault();

    public int Revive(Sid account, long? position, Sid? receiver, DateTimeOffset now)
    {
        var revive = _revive.Bind(now).Bind(account);
        BindOrNull(position is { } own ? revive.Bind(own) : revive.Bind((byte[]?)null), receiver).Run();
        return context.Changes;
    }

    public bool Delete(Sid account, long position)
    {
        _deleteOwn.Bind(position).Bind(account).Run();
        return context.Changes > 0;
    }

    public int DeleteOf(Sid receiver)
    {
        _deleteOf.Bind(receiver).Run();
        return context.Changes;
    }

    public int DeleteOld(DateTimeOffset dead, DateTimeOffset any)
    {
        _deleteOld.Bind(dead).Bind(any).Run();
        return context.Changes;
    }

    public void Watch(ExpiryWatch watch) => _watch.Bind(watch.VerificationSid).Bind(watch.ServiceSid).Bind(watch.AccountSid).Bind(watch.DueAt).Run();

    public bool Unwatch(Sid verification)
    {
        _unwatch.Bind(verification).Run();
        return context.Changes > 0;
    }

    public List<ExpiryWatch> DueWatches(DateTimeOffset now, int max)
    {
        var due = new List<ExpiryWatch>();
        _dueWatches.Bind(now).Bind((long)max);
        while (_dueWatches.Read())
        {
            due.Add(new ExpiryWatch(_dueWatches.Sid(0, "VE"), _dueWatches.Sid(1, "VA"), _dueWatches.Sid(2, "AC"), _dueWatches.Moment(3)));
        }

        return due;
    }

    static Statement BindOrNull(Statement statement, Sid? sid) => sid is { } value ? statement.Bind(value) : statement.Bind((byte[]?)null);

    static List<EventEntry> Read(Statement row)
    {
        var rows = new List<EventEntry>();
        while (row.Read())
        {
            rows.Add(new EventEntry
            {
                Position = row.Long(0),
                Receiver = row.Sid(1, row.Int(2) == 1 ? "DG" : "YW"),
                AccountSid = row.Sid(3, "AC"),
                ServiceSid = row.Sid(4, "VA"),
                Type = (EventType)row.Int(5),
                Id = row.Text(6),
                At = row.Moment(7),
                Since = row.Moment(8),
                DueAt = row.Moment(9),
                Tries = row.Int(10),
                IsDead = row.Int(11) == 1,
                Problem = row.IsNull(12) ? null : row.Text(12),
                Data = row.Bytes(13).ToArray(),
            });
        }

        return rows;
    }
}
