namespace Countersign.Core.Verifications;

/// <summary>Moves verifications on whose fallback is due.</summary>
public sealed class WatchAlarms(IAlarmStore alarms, AdvanceVerification advance)
{
    const int BatchSize = 256;

    /// <summary>Handles what is due. True when there may be more at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var due = await alarms.DueAsync(BatchSize, ct);
        foreach (var alarm in due)
        {
            await advance.RunAsync(alarm.ServiceSid, alarm.VerificationSid, alarm.Attempt, error: null, ct);
        }

        // After the step: a crash in between asks again, and the step finds that it was done.
        if (due.Count > 0)
        {
            await alarms.DoneAsync(due, CancellationToken.None);
        }

        return due.Count == BatchSize;
    }
}
