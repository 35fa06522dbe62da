using Countersign.Core.Verifications;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Alarms in PostgreSQL. A node that finds one due claims it, so that no other does the same work beside it; to itself it comes again until it is done. What a node claimed
/// and did not do is free once the node has closed, gave it up or is gone from the table of nodes, and in any case after half a minute, however often it asked meanwhile. Should two
/// nodes be at one alarm all the same, the second finds that the step was done.
/// </summary>
sealed class PostgresAlarmStore(PostgresDatabase database, long node, TimeProvider time) : IAlarmStore
{
    // A claim that is over is the others' first, for five seconds: whoever could not do it for so long might be the one who asks again soonest.
    const string Claim = """
        WITH due AS (
            SELECT position FROM alarm
            WHERE due_at <= $1 AND (
                claimed_by IS NULL
                OR (claimed_by = $2 AND claimed_at NOT BETWEEN clock_timestamp() - interval '35 s' AND clock_timestamp() - interval '30 s')
                OR (claimed_by <> $2 AND claimed_at < clock_timestamp() - interval '30 s')
                OR NOT EXISTS (SELECT FROM node WHERE id = claimed_by))
            ORDER BY due_at, position LIMIT $3
            FOR UPDATE SKIP LOCKED)
        UPDATE alarm SET
            claimed_at = CASE WHEN claimed_by = $2 AND claimed_at > clock_timestamp() - interval '30 s' THEN claimed_at ELSE clock_timestamp() END,
            claimed_by = $2
        FROM due WHERE alarm.position = due.position
        RETURNING alarm.due_at, alarm.position, service_sid, verification_sid, attempt_sid
        """;

    public async ValueTask<IReadOnlyList<Alarm>> DueAsync(int max, CancellationToken ct)
    {
        var due = await database.RunAsync(
            async connection =>
            {
                await using var claim = new NpgsqlCommand(Claim, connection);
                claim.Parameters.Bind(time.GetUtcNow()).Bind(node).Bind((long)max);
                return await claim.ReadAsync(
                    row => (DueAt: row.GetInt64(0), Alarm: new Alarm(row.GetInt64(1), row.Sid(2, "VA"), row.Sid(3, "VE"), row.Sid(4, "VL"))), ct);
            },
            ct);

        // An update gives its rows in no order.
        return [.. due.OrderBy(entry => entry.DueAt).ThenBy(entry => entry.Alarm.Position).Select(entry => entry.Alarm)];
    }

    public Task DoneAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            await using var delete = new NpgsqlCommand("DELETE FROM alarm WHERE position = ANY ($1)", connection);
            delete.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. alarms.Select(alarm => alarm.Position)] });
            await delete.ExecuteNonQueryAsync(CancellationToken.None);
        },
        ct);

    public Task GiveUpAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            await using var give = new NpgsqlCommand("UPDATE alarm SET claimed_at = clock_timestamp() - interval '30 s' WHERE position = ANY ($1) AND claimed_by = $2", connection);
            give.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. alarms.Select(alarm => alarm.Position)] });
            give.Parameters.Bind(node);
            await give.ExecuteNonQueryAsync(ct);
        },
        ct);

    /// <summary>Gives back what is claimed and not done: this node is about to close.</summary>
    public Task ReleaseAsync(CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            await using var release = new NpgsqlCommand("UPDATE alarm SET claimed_by = NULL WHERE claimed_by = $1", connection);
            release.Parameters.Bind(node);
            await release.ExecuteNonQueryAsync(ct);
        },
        ct);
}
