using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Verifications;

/// <summary>
/// Moves verifications on whose fallback is due. One that fails holds up no other, and comes again after a pause, which grows where it is not the store that is away; one that needs a key which this server does not have is left to others.
/// Not for several callers at once.
/// </summary>
public sealed partial class WatchAlarms(IAlarmStore alarms, AdvanceVerification advance, TimeProvider time, ILogger<WatchAlarms> logger)
{
    const int BatchSize = 256;

    /// <summary>Alarms that failed and are asked for beside a batch: being the oldest, they would fill it.</summary>
    const int MostFailed = 4096;

    static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>What is damaged stays so until somebody mends it: it is tried after twice the pause before, up to this one, and spoken of no more often.</summary>
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    readonly Rarely _saying = new(time), _sayingDamaged = new(time, LongestPause);

    // When those failed that are due and not done, and how long they are left alone.
    Dictionary<Alarm, (long At, TimeSpan Pause)> _failed = [];

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

    bool IsPaused(Alarm alarm) => _failed.TryGetValue(alarm, out var failed) && time.GetElapsedTime(failed.At) < failed.Pause;

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
        var (away, damaged) = (new List<int>(), new List<int>());
        for (var i = 0; i < due.Count; i++)
        {
            if (outcomes[i].IsDone)
            {
                continue;
            }

            var known = before.TryGetValue(due[i], out var earlier);
            if (outcomes[i].Problem is not { } problem)
            {
                _failed[due[i]] = earlier;
            }
            else if (IsAway(problem))
            {
                _failed[due[i]] = (now, AgainAfter);
                away.Add(i);
            }
            else
            {
                var pause = known ? earlier.Pause * 2 : AgainAfter;
                _failed[due[i]] = (now, pause < LongestPause ? pause : LongestPause);
                damaged.Add(i);
            }
        }

        if (away.Count > 0 && _saying.May())
        {
            var problem = outcomes[away[^1]].Problem!;
            LogFailed(away.Count, due[away[^1]].VerificationSid, problem.GetType().Name, problem.StackTrace);
        }

        if (damaged.Count > 0 && _sayingDamaged.May())
        {
            var problem = outcomes[damaged[^1]].Problem!;
            LogDamaged(damaged.Count, due[damaged[^1]].VerificationSid, problem is StoreUnavailableException ? problem.Message : problem.GetType().Name, problem.StackTrace);
        }
    }

    /// <summary>Whether it is the store, or a key, that is missing for now, and not something about this one alarm.</summary>
    internal static bool IsAway(Exception problem) => problem is StoreUnavailableException { IsOneRow: false } or StoreOverloadedException or UnknownKeyException or OperationCanceledException;

    /// <summary>What became of an alarm: done, failed for a problem, or left for later.</summary>
    readonly record struct Outcome(Exception? Problem, bool IsDone = false)
    {
        public static readonly Outcome Done = new(null, IsDone: true), Paused = new(null);
    }

    [LoggerMessage(1133, LogLevel.Error, "{Count} verifications whose fallback is due cannot be moved on, {Verification} among them; trying again ever less often, and every five minutes at last: {Problem}\n{Stack}")]
    partial void LogDamaged(int count, Sid verification, string problem, string? stack);

    [LoggerMessage(1132, LogLevel.Error, "{Count} verifications whose fallback is due could not be moved on, {Verification} among them; trying again each second: {Problem}\n{Stack}")]
    partial void LogFailed(int count, Sid verification, string problem, string? stack);
}
