using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Insight;

/// <summary>
/// Removes what is older than the operator wants it kept: a pass an hour, in slices, with pauses that leave most of the store's time to the requests. A clock that is wrong would make
/// everything old, pending verifications included, and what is gone stays gone: no pass begins while the clock contradicts the store's, or right after it was set.
/// </summary>
public sealed partial class RemoveOld(IRetention retention, RetentionOptions options, TimeProvider time, ILogger<RemoveOld> logger)
{
    /// <summary>From the start of the process to the first pass, and from the end of a pass to the next.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Between two slices, at least and at most.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A receipt waits for its attempt for the time of a commit, or as long as a disk is full.</summary>
    static readonly TimeSpan EarlyReceiptsWait = TimeSpan.FromDays(1);

    /// <summary>Days that refused starts are kept at most: whoever asks why no code came asks soon.</summary>
    const int MaxRefusalDays = 7;

    /// <summary>By how much this node's clock and the store's may differ.</summary>
    static readonly TimeSpan Difference = TimeSpan.FromMinutes(5);

    /// <summary>By how much the clock may have gone otherwise than the machine's own, which nobody sets. More than clocks that are put right little by little are off in an hour.</summary>
    static readonly TimeSpan Jump = TimeSpan.FromMinutes(10);

    // Both clocks at the start of the process, or when a pass was last due.
    (DateTimeOffset Clock, long Machine) _seen = (time.GetUtcNow(), time.GetTimestamp());

    // When the pass began, by which all of it removes; null between two passes.
    DateTimeOffset? _began;
    RetentionSlice _pass;

    int RefusalDays => options.HistoryDays == 0 ? MaxRefusalDays : Math.Min(options.HistoryDays, MaxRefusalDays);

    /// <summary>Removes one slice; returns how long to wait before the next. The busier the store is, the longer a slice takes, and the longer is the pause.</summary>
    public async Task<TimeSpan> RunOnceAsync(CancellationToken ct)
    {
        var started = time.GetTimestamp();
        RetentionSlice slice;
        try
        {
            if (_began is null && !await MayBeginAsync(ct))
            {
                return Period;
            }

            var now = _began ??= time.GetUtcNow();
            slice = await retention.RemoveAsync(
                new RetentionCutoffs(Cutoff(now, options.HistoryDays), Cutoff(now, options.RollupDays), now - EarlyReceiptsWait) { Refusals = now.AddDays(-RefusalDays) }, ct);
        }
        catch (StoreOverloadedException)
        {
            return LongestPause;
        }
        catch
        {
            _began = null;
            throw;
        }

        _pass = new RetentionSlice(
            _pass.Verifications + slice.Verifications, _pass.Attempts + slice.Attempts, _pass.EarlyReceipts + slice.EarlyReceipts, _pass.Rollups + slice.Rollups)
        {
            Challenges = _pass.Challenges + slice.Challenges,
            AccessTokens = _pass.AccessTokens + slice.AccessTokens,
            Entities = _pass.Entities + slice.Entities,
            Refusals = _pass.Refusals + slice.Refusals,
        };
        if (slice.HasMore)
        {
            // A tenth of the time at most: waiting for one's turn in the store counts as well.
            var pause = time.GetElapsedTime(started) * 9;
            return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
        }

        if (_pass.Rows > 0)
        {
            LogRemoved(_pass.Verifications, _pass.Attempts, _pass.EarlyReceipts, _pass.Rollups, _pass.Challenges, _pass.AccessTokens, _pass.Entities, _pass.Refusals);
        }

        (_pass, _began) = (default, null);
        return Period;
    }

    /// <summary>Whether the clock is one to remove by. One that was set may have been put right, and is believed from the next pass on.</summary>
    async Task<bool> MayBeginAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var jump = now - _seen.Clock - time.GetElapsedTime(_seen.Machine);
        _seen = (now, time.GetTimestamp());
        if (jump.Duration() > Jump)
        {
            LogClockSet(jump);
            return false;
        }

        if (await retention.ClockAsync(ct) is { } store && time.GetUtcNow() - store is var difference && difference.Duration() > Difference)
        {
            LogClockDiffers(difference);
            return false;
        }

        return true;
    }

    static DateTimeOffset? Cutoff(DateTimeOffset now, int days) => days == 0 ? null : now.AddDays(-days);

    [LoggerMessage(5101, LogLevel.Information, "Removed what was kept long enough: {Verifications} verifications, {Attempts} attempts, {EarlyReceipts} receipts of nobody, {Rollups} rows of the rollup, {Challenges} challenges of factors, {AccessTokens} access tokens, {Entities} entities of services that are gone, {Refusals} refused starts")]
    partial void LogRemoved(long verifications, long attempts, long earlyReceipts, long rollups, long challenges, long accessTokens, long entities, long refusals);

    [LoggerMessage(5102, LogLevel.Error, "Nothing old is removed in this hour: the clock of this server differs from that of its store by {Difference}, and by a wrong one everything may be old. Set the wrong one right; looking again in an hour")]
    partial void LogClockDiffers(TimeSpan difference);

    [LoggerMessage(5103, LogLevel.Warning, "Nothing old is removed in this hour: the clock of this server was set by {Jump} since it started or last removed something. Unless it is set otherwise, what is old by it goes in an hour; stop the server if it is wrong")]
    partial void LogClockSet(TimeSpan jump);
}
