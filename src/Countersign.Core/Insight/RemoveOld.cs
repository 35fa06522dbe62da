using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Insight;

/// <summary>Removes what is older than the operator wants it kept: a pass an hour, in slices, with pauses that leave most of the store's time to the requests.</summary>
public sealed partial class RemoveOld(IRetention retention, RetentionOptions options, TimeProvider time, ILogger<RemoveOld> logger)
{
    /// <summary>From the end of a pass to the next.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Between two slices, at least and at most.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A receipt waits for its attempt for the time of a commit, or as long as a disk is full.</summary>
    static readonly TimeSpan EarlyReceiptsWait = TimeSpan.FromDays(1);

    /// <summary>Days that refused starts are kept at most: whoever asks why no code came asks soon.</summary>
    const int MaxRefusalDays = 7;

    RetentionSlice _pass;

    int RefusalDays => options.HistoryDays == 0 ? MaxRefusalDays : Math.Min(options.HistoryDays, MaxRefusalDays);

    /// <summary>Removes one slice; returns how long to wait before the next. The busier the store is, the longer a slice takes, and the longer is the pause.</summary>
    public async Task<TimeSpan> RunOnceAsync(CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var now = time.GetUtcNow();
        RetentionSlice slice;
        try
        {
            slice = await retention.RemoveAsync(new RetentionCutoffs(Cutoff(options.HistoryDays), Cutoff(options.RollupDays), now - EarlyReceiptsWait) { Refusals = now.AddDays(-RefusalDays) }, ct);
        }
        catch (StoreOverloadedException)
        {
            return LongestPause;
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

        _pass = default;
        return Period;

        DateTimeOffset? Cutoff(int days) => days == 0 ? null : now.AddDays(-days);
    }

    [LoggerMessage(5101, LogLevel.Information, "Removed what was kept long enough: {Verifications} verifications, {Attempts} attempts, {EarlyReceipts} receipts of nobody, {Rollups} rows of the rollup, {Challenges} challenges of factors, {AccessTokens} access tokens, {Entities} entities of services that are gone, {Refusals} refused starts")]
    partial void LogRemoved(long verifications, long attempts, long earlyReceipts, long rollups, long challenges, long accessTokens, long entities, long refusals);
}
