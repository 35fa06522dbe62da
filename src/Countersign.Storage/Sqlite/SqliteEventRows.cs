using Countersign.Core;
using Countersign.Core.Events;

namespace Countersign.Storage.Sqlite;

/// <summary>Rows of events and of watches. Only the writer's thread uses it.</summary>
sealed class SqliteEventRows(WriteContext context)
{
    /// <summary>Rows that one statement changes at most, so that the writer is free again soon.</summary>
    const int Slice = 1000;

    const string Columns = "position, receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, tries, dead, problem, data";

    readonly Statement _insert = context.Prepare("""
        INSERT INTO event (receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, tries, dead, data)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, ?10)
        """);

    readonly Statement _due = context.Prepare($"SELECT {Columns} FROM event WHERE receiver = ?1 AND dead = 0 AND due_at <= ?2 ORDER BY due_at, position LIMIT ?3");
    readonly Statement _duePositions = context.Prepare("SELECT position FROM event WHERE receiver = ?1 AND dead = 0 AND due_at <= ?2 ORDER BY due_at, position LIMIT ?3");

    // The first row of the next receiver in the index: however much waits for one, the next is one step away.
    readonly Statement _nextWaiting = context.Prepare("SELECT position, receiver, is_sink, due_at FROM event WHERE dead = 0 AND receiver > ?1 ORDER BY receiver, due_at LIMIT 1");
    readonly Statement _nextReceiver = context.Prepare("SELECT position, receiver, is_sink FROM event WHERE receiver > ?1 ORDER BY receiver LIMIT 1");
    readonly Statement _delete = context.Prepare("DELETE FROM event WHERE position = ?1");
    readonly Statement _settle = context.Prepare("UPDATE event SET tries = tries + 1, problem = ?1, due_at = ?2, dead = ?3 WHERE position = ?4");
    readonly Statement _waiting = context.Prepare("SELECT count(*) FROM (SELECT 1 FROM event WHERE receiver = ?1 AND dead = 0 LIMIT ?2)");
    readonly Statement _older = context.Prepare($"SELECT {Columns} FROM event WHERE account_sid = ?1 AND dead = ?2 AND position < ?3 ORDER BY position DESC LIMIT ?4");
    readonly Statement _newer = context.Prepare($"SELECT {Columns} FROM event WHERE account_sid = ?1 AND dead = ?2 AND position > ?3 ORDER BY position LIMIT ?4");
    readonly Statement _olderOf = context.Prepare($"SELECT {Columns} FROM event WHERE receiver = ?5 AND +account_sid = ?1 AND dead = ?2 AND position < ?3 ORDER BY position DESC LIMIT ?4");
    readonly Statement _newerOf = context.Prepare($"SELECT {Columns} FROM event WHERE receiver = ?5 AND +account_sid = ?1 AND dead = ?2 AND position > ?3 ORDER BY position LIMIT ?4");
    readonly Statement _find = context.Prepare($"SELECT {Columns} FROM event WHERE position = ?1 AND account_sid = ?2");
    readonly Statement _revivable = context.Prepare($"SELECT position, due_at FROM event WHERE account_sid = ?1 AND dead = ?2 AND position > ?3 ORDER BY position LIMIT {Slice}");
    readonly Statement _revivableOf = context.Prepare(
        $"SELECT position, due_at FROM event WHERE receiver = ?4 AND +account_sid = ?1 AND dead = ?2 AND position > ?3 ORDER BY position LIMIT {Slice}");

    readonly Statement _revive = context.Prepare("UPDATE event SET dead = 0, tries = 0, since = ?1, due_at = ?1 WHERE position = ?2");
    readonly Statement _hurry = context.Prepare("UPDATE event SET due_at = ?1 WHERE position = ?2");
    readonly Statement _deleteOwn = context.Prepare("DELETE FROM event WHERE position = ?1 AND account_sid = ?2");
    readonly Statement _deleteOf = context.Prepare($"DELETE FROM event WHERE position IN (SELECT position FROM event WHERE receiver = ?1 AND at < ?2 LIMIT {Slice})");
    readonly Statement _deleteDead = context.Prepare($"DELETE FROM event WHERE position IN (SELECT position FROM event WHERE dead = 1 AND due_at < ?1 LIMIT {Slice})");

    // Positions grow, so what is old comes first: no index for what is rarely there, which every event would have to be put into.
    readonly Statement _deleteOld = context.Prepare(
        $"DELETE FROM event WHERE position IN (SELECT position FROM (SELECT position, at FROM event ORDER BY position LIMIT {Slice}) WHERE at < ?1)");

    readonly Statement _watch = context.Prepare("INSERT OR IGNORE INTO event_watch (verification_sid, service_sid, account_sid, due_at) VALUES (?1, ?2, ?3, ?4)");
    readonly Statement _unwatch = context.Prepare("DELETE FROM event_watch WHERE verification_sid = ?1");
    readonly Statement _dueWatches = context.Prepare("SELECT verification_sid, service_sid, account_sid, due_at FROM event_watch WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");

    /// <summary>Rows that were damaged.</summary>
    int _dropped;

    public void Insert(EventEntry entry, byte[] data) => _insert
        .Bind(entry.Receiver).Bind(entry.Receiver.Prefix == "DG" ? 1L : 0L).Bind(entry.AccountSid).Bind(entry.ServiceSid).Bind((long)entry.Type).Bind(entry.Id)
        .Bind(entry.At).Bind(entry.Since).Bind(entry.DueAt).Bind(data).Run();

    public List<EventEntry> Due(Sid receiver, DateTimeOffset now, int max) => Read(_due.Bind(receiver).Bind(now).Bind((long)max));

    /// <summary>The receiver after this one that has something waiting, and when the first of it is due.</summary>
    public (Sid Receiver, DateTimeOffset DueAt)? NextWaiting(Sid after) =>
        Next(_nextWaiting, after, static row => ((Sid, DateTimeOffset)?)(row.Sid(1, PrefixOf(row.Int(2))), row.Moment(3)));

    /// <summary>The receiver after this one that has anything.</summary>
    public Sid? NextReceiver(Sid after) => Next(_nextReceiver, after, static row => (Sid?)row.Sid(1, PrefixOf(row.Int(2))));

    T? Next<T>(Statement next, Sid after, Func<Statement, T?> read)
    {
        while (true)
        {
            var before = _dropped;
            if (Read(next.Bind(after), read) is [var found])
            {
                return found;
            }

            if (_dropped == before)
            {
                return default;
            }
        }
    }

    /// <summary>Positions of what is due, as <see cref="Due"/> has the rows.</summary>
    public List<long> DuePositions(Sid receiver, DateTimeOffset now, int max)
    {
        var positions = new List<long>();
        _duePositions.Bind(receiver).Bind(now).Bind((long)max);
        while (_duePositions.Read())
        {
            positions.Add(_duePositions.Long(0));
        }

        return positions;
    }

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
        var list = receiver is null ? (backwards ? _newer : _older) : backwards ? _newerOf : _olderOf;
        list.Bind(account).Bind(dead ? 1L : 0L).Bind(request.Cursor?.Position ?? long.MaxValue).Bind(RowPages.Limit(request));
        var before = _dropped;
        var rows = Read(receiver is { } own ? list.Bind(own) : list);

        // A page that is not full would be taken for the last one.
        return _dropped == before ? rows : List(account, receiver, dead, request);
    }

    public EventEntry? Find(Sid account, long position) => Read(_find.Bind(position).Bind(account)).FirstOrDefault();

    /// <summary>Has the next of an account's or a receiver's events tried now; how many, and behind which to go on, null at the end.</summary>
    public (int Count, long? Behind) Revive(Sid account, Sid? receiver, bool dead, long behind)
    {
        var rows = new List<(long Position, DateTimeOffset DueAt)>();
        var read = (receiver is null ? _revivable : _revivableOf).Bind(account).Bind(dead ? 1L : 0L).Bind(behind);
        read = receiver is { } own ? read.Bind(own) : read;
        while (read.Read())
        {
            rows.Add((read.Long(0), read.Moment(1)));
        }

        return (rows.Count(row => Revive(row.Position, dead, row.DueAt)), rows.Count < Slice ? null : rows[^1].Position);
    }

    /// <summary>Has one event tried now; false where it was due anyway.</summary>
    public bool Revive(long position, bool dead, DateTimeOffset dueAt)
    {
        if (!dead && dueAt <= context.Now)
        {
            return false;
        }

        (dead ? _revive : _hurry).Bind(context.Now).Bind(position).Run();
        return true;
    }

    public bool Delete(Sid account, long position)
    {
        _deleteOwn.Bind(position).Bind(account).Run();
        return context.Changes > 0;
    }

    public int DeleteOf(Sid receiver, DateTimeOffset before)
    {
        _deleteOf.Bind(receiver).Bind(before).Run();
        return context.Changes;
    }

    public int DeleteOld(DateTimeOffset dead, DateTimeOffset any)
    {
        _deleteDead.Bind(dead).Run();
        var removed = context.Changes;
        _deleteOld.Bind(any).Run();
        return removed + context.Changes;
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
        List<byte[]>? damaged = null;
        _dueWatches.Bind(now).Bind((long)max);
        while (_dueWatches.Read())
        {
            try
            {
                due.Add(new ExpiryWatch(_dueWatches.Sid(0, "VE"), _dueWatches.Sid(1, "VA"), _dueWatches.Sid(2, "AC"), _dueWatches.Moment(3)));
            }
            catch (Exception problem) when (problem is not SqliteFailure)
            {
                var key = _dueWatches.Bytes(0).ToArray();
                (damaged ??= []).Add(key);
                context.LogDamaged("watch", Convert.ToHexStringLower(key), problem.GetType().Name);
            }
        }

        damaged?.ForEach(key => _unwatch.Bind(key).Run());
        return due;
    }

    static string PrefixOf(int isSink) => isSink == 1 ? "DG" : "YW";

    List<EventEntry> Read(Statement bound) => Read(bound, static row => new EventEntry
    {
        Position = row.Long(0),
        Receiver = row.Sid(1, PrefixOf(row.Int(2))),
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

    List<T> Read<T>(Statement bound, Func<Statement, T> read) => context.ReadWaiting("event", bound, read, position =>
    {
        _dropped++;
        Delete(position);
    });
}
