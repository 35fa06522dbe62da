using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Verifications;

/// <summary>
/// Moves verifications on whose fallback is due. One that fails holds up no other, and comes again after a pause; one that needs a key which this server does not have is left to others.
/// Not for several callers at once.
/// </summary>
public sealed partial class WatchAlarms(IAlarmStore alarms, AdvanceVerification advance, TimeProvider time, ILogger<WatchAlarms> logger)
{
    const int BatchSize = 256;

    /// <summary>Alarms that failed and are asked for beside a batch: being the oldest, they would fill it.</summary>
    const int MostFailed = 4096;

    static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    readonly Rarely _saying = new(time);

    // When those failed that are due and not done.
    Dictionary<Alarm, long> _failed = [];

    /// <summary>Handles what is due. True when there may be more at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var max = BatchSize + Math.Min(_failed.Count, MostFailed);
        var due = await alarms.DueAsync(max, ct);
        var outcomes = await Task.WhenAll(due.Select(alarm => IsPaused(alarm) ? Task.FromResult(Outcome.Paused) : TryAsync(alarm, ct)));

        // After the step: a crash in between asks again, and the step finds that it was done.
        var done = due.Where((_, i) => outcomes[i].IsDone).ToList();
        if (done.Count > 0)
        {
            await alarms.DoneAsync(done, CancellationToken.None);
        }

        ct.ThrowIfCancellationRequested();
        Remember(due, outcomes);
        var lacking = due.Where((_, i) => outcomes[i].Problem is UnknownKeyException).ToList();
        if (lacking.Count > 0)
        {
            await alarms.GiveUpAsync(lacking, CancellationToken.None);
        }

        // Where nothing could be done, the next look waits.
        return due.Count == max && done.Count > 0;
    }

    bool IsPaused(Alarm alarm) => _failed.TryGetValue(alarm, out var failedAt) && time.GetElapsedTime(failedAt) < AgainAfter;

    async Task<Outcome> TryAsync(Alarm alarm, CancellationToken ct)
    {
        try
        {
            await advance.RunAsync(alarm.ServiceSid, alarm.VerificationSid, alarm.Attempt, error: null, ct);
            return Outcome.Done;
        }
        catch (Exception problem)
        {
            return new Outcome(problem);
        }
    }

    void Remember(IReadOnlyList<Alarm> due, Outcome[] outcomes)
    {
        var (now, before) = (time.GetTimestamp(), _failed);
        _failed = [];
        var newest = -1;
        for (var i = 0; i < due.Count; i++)
        {
            if (!outcomes[i].IsDone)
            {
                _failed[due[i]] = outcomes[i].Problem is null ? before[due[i]] : now;
                newest = outcomes[i].Problem is null ? newest : i;
            }
        }

        if (newest >= 0 && _saying.May())
        {
            var problem = outcomes[newest].Problem!;
            LogFailed(_failed.Count, due[newest].VerificationSid, problem.GetType().Name, problem.StackTrace);
        }
    }

    /// <summary>What became of an alarm: done, failed for a problem, or left for later.</summary>
    readonly record struct Outcome(Exception? Problem, bool IsDone = false)
    {
        public static readonly Outcome Done = new(null, IsDone: true), Paused = new(null);
    }

    [LoggerMessage(1132, LogLevel.Error, "{Count} verifications whose fallback is due could not be moved on, {Verification} among them; trying again each second: {Problem}\n{Stack}")]
    partial void LogFailed(int count, Sid verification, string problem, string? stack);
}
