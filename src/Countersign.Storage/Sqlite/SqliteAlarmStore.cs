using Countersign.Core.Verifications;

namespace Countersign.Storage.Sqlite;

/// <summary>Alarms in the embedded store.</summary>
sealed class SqliteAlarmStore(GroupCommit writer, WriteContext context) : IAlarmStore
{
    readonly Statement _insert = context.Prepare("INSERT INTO alarm (due_at, service_sid, verification_sid, attempt_sid) VALUES (?1, ?2, ?3, ?4)");
    readonly Statement _due = context.Prepare("SELECT position, service_sid, verification_sid, attempt_sid FROM alarm WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");
    readonly Statement _delete = context.Prepare("DELETE FROM alarm WHERE position = ?1");

    /// <summary>Sets an alarm, within the writer's batch.</summary>
    public void Add(Verification verification, SendAttempt attempt, DateTimeOffset due) =>
        _insert.Bind(due).Bind(verification.ServiceSid).Bind(verification.Sid).Bind(attempt.Sid).Run();

    public async ValueTask<IReadOnlyList<Alarm>> DueAsync(int max, CancellationToken ct) => await writer.RunAsync(batch =>
    {
        _due.Bind(batch.Now).Bind((long)max);
        return batch.ReadWaiting(
            "alarm", _due, static row => new Alarm(row.Long(0), row.Sid(1, "VA"), row.Sid(2, "VE"), row.Sid(3, "VL")), position => _delete.Bind(position).Run());
    });

    public Task DoneAsync(IReadOnlyList<Alarm> alarms, CancellationToken ct) => writer.RunAsync(_ =>
    {
        foreach (var alarm in alarms)
        {
            _delete.Bind(alarm.Position).Run();
        }

        return alarms.Count;
    });
}
