namespace Countersign.Storage.PostgreSql;

/// <summary>What <see cref="PostgresEventStore"/> asks of the table of events. A test has the planner say that none of them reads the table from end to end.</summary>
static class EventSql
{
    const string Columns = "position, receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, tries, dead, problem, data";

    /// <summary>Not claimed by a node that is there, or for too long.</summary>
    const string IsFree = "(e.claimed_by IS NULL OR e.claimed_at < clock_timestamp() - interval '60 s' OR NOT EXISTS (SELECT FROM node WHERE id = e.claimed_by))";

    /// <summary>The first row of the next receiver in the index: however much waits for one, the next is one step away. Told behind which, up to when, and how many.</summary>
    public const string Due = $"""
        WITH RECURSIVE waiting AS (
            (SELECT e.receiver, e.is_sink FROM event e WHERE NOT e.dead AND e.receiver > $1 ORDER BY e.receiver, e.due_at LIMIT 1)
            UNION ALL
            SELECT n.receiver, n.is_sink FROM waiting w, LATERAL (
                SELECT e.receiver, e.is_sink FROM event e WHERE NOT e.dead AND e.receiver > w.receiver ORDER BY e.receiver, e.due_at LIMIT 1) AS n)
        SELECT looked.receiver, looked.is_sink, EXISTS (
            SELECT FROM event e WHERE e.receiver = looked.receiver AND NOT e.dead AND e.due_at <= $2 AND {IsFree})
        FROM (SELECT receiver, is_sink FROM waiting LIMIT $3) AS looked
        """;

    /// <summary>The same of all that have anything, dead or not. Told behind which, and how many.</summary>
    public const string Receivers = """
        WITH RECURSIVE kept AS (
            (SELECT e.receiver, e.is_sink FROM event e WHERE e.receiver > $1 ORDER BY e.receiver LIMIT 1)
            UNION ALL
            SELECT n.receiver, n.is_sink FROM kept h, LATERAL (
                SELECT e.receiver, e.is_sink FROM event e WHERE e.receiver > h.receiver ORDER BY e.receiver LIMIT 1) AS n)
        SELECT receiver, is_sink FROM kept LIMIT $2
        """;

    public const string Claim = $"""
        WITH due AS (
            SELECT d.position FROM unnest($1, $2) AS wanted (receiver, most), LATERAL (
                SELECT e.position FROM event e
                WHERE e.receiver = wanted.receiver AND NOT e.dead AND e.due_at <= $3 AND {IsFree}
                ORDER BY e.due_at, e.position LIMIT wanted.most
                FOR UPDATE SKIP LOCKED) AS d)
        UPDATE event SET claimed_by = $4, claimed_at = clock_timestamp() FROM due WHERE event.position = due.position
        RETURNING event.position, receiver, is_sink, account_sid, service_sid, type, event_id, at, since, due_at, tries, dead, problem, data
        """;

    public const string Waiting = """
        SELECT wanted.receiver, n.waiting FROM unnest($1) AS wanted (receiver), LATERAL (
            SELECT count(*)::integer AS waiting FROM (SELECT FROM event e WHERE e.receiver = wanted.receiver AND NOT e.dead LIMIT $2) AS w) AS n
        WHERE n.waiting > 0
        """;

    public const string Older = $"SELECT {Columns} FROM event WHERE account_sid = $1 AND dead = $2 AND position < $3 ORDER BY position DESC LIMIT $4";

    public const string Newer = $"SELECT {Columns} FROM event WHERE account_sid = $1 AND dead = $2 AND position > $3 ORDER BY position LIMIT $4";

    public const string OlderOf = $"SELECT {Columns} FROM event WHERE receiver = $5 AND account_sid = $1 AND dead = $2 AND position < $3 ORDER BY position DESC LIMIT $4";

    public const string NewerOf = $"SELECT {Columns} FROM event WHERE receiver = $5 AND account_sid = $1 AND dead = $2 AND position > $3 ORDER BY position LIMIT $4";

    public const string Find = $"SELECT {Columns} FROM event WHERE position = $1 AND account_sid = $2";

    const string Slice = "1000";

    /// <summary>Has the next events of an account tried now: the dead as new ones, of others those that are not due. How many, and the last that was looked at.</summary>
    public const string Revive = $"{ReviveBegins} {ReviveEnds}";

    /// <summary>The same for one receiver.</summary>
    public const string ReviveOf = $"{ReviveBegins} AND receiver = $5 {ReviveEnds}";

    // What is locked is being sent, or removed.
    const string ReviveBegins = "WITH slice AS (SELECT position, dead, due_at FROM event WHERE account_sid = $1 AND dead = $2 AND position > $3";

    const string ReviveEnds = $"""
        ORDER BY position LIMIT {Slice} FOR UPDATE SKIP LOCKED),
            revived AS (
            UPDATE event SET dead = false, tries = CASE WHEN slice.dead THEN 0 ELSE event.tries END, since = CASE WHEN slice.dead THEN $4 ELSE event.since END, due_at = $4,
                claimed_by = NULL, claimed_at = NULL
            FROM slice WHERE event.position = slice.position AND (slice.dead OR slice.due_at > $4)
            RETURNING event.position)
        SELECT (SELECT count(*) FROM revived)::integer, (SELECT max(position) FROM slice)
        """;

    public const string ReviveOne = """
        UPDATE event SET dead = false, tries = CASE WHEN dead THEN 0 ELSE tries END, since = CASE WHEN dead THEN $1 ELSE since END, due_at = $1, claimed_by = NULL, claimed_at = NULL
        WHERE position = $2 AND account_sid = $3 AND (dead OR due_at > $1)
        """;

    public const string RemoveOne = "DELETE FROM event WHERE position = $1 AND account_sid = $2";

    // By an array: of a list of rows the planner may think that it is as long as the table.
    public const string RemoveOf = $"DELETE FROM event WHERE position = ANY (ARRAY(SELECT position FROM event WHERE receiver = $1 AND at < $2 LIMIT {Slice}))";

    public const string RemoveDead = $"DELETE FROM event WHERE position = ANY (ARRAY(SELECT position FROM event WHERE dead AND due_at < $1 LIMIT {Slice} FOR UPDATE SKIP LOCKED))";

    /// <summary>Positions grow, so what is old comes first: no index for what is rarely there, which every event would have to be put into.</summary>
    public const string RemoveOld =
        $"DELETE FROM event WHERE position = ANY (ARRAY(SELECT position FROM (SELECT position, at FROM event ORDER BY position LIMIT {Slice}) AS first WHERE at < $1))";
}
