using Microsoft.Extensions.Logging;

namespace Countersign.Core.Insight;

/// <summary>Removes what is older than the operator wants it kept.</summary>
public sealed partial class RemoveOld(IRetention retention, RetentionOptions options, TimeProvider time, ILogger<RemoveOld> logger)
{
    /// <summary>A receipt waits for its attempt for the time of a commit, or as long as a disk is full.</summary>
    static readonly TimeSpan EarlyReceiptsWait = TimeSpan.FromDays(1);

    RetentionSlice _pass;

    /// <summary>Removes one slice. True when the pass goes on.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var slice = await retention.RemoveAsync(new RetentionCutoffs(Cutoff(options.HistoryDays), Cutoff(options.RollupDays), now - EarlyReceiptsWait), ct);
        _pass = new RetentionSlice(
            _pass.Verifications + slice.Verifications, _pass.Attempts + slice.Attempts, _pass.EarlyReceipts + slice.EarlyReceipts, _pass.Rollups + slice.Rollups);
        if (!slice.HasMore)
        {
            if (_pass.Rows > 0)
            {
                LogRemoved(_pass.Verifications, _pass.Attempts, _pass.EarlyReceipts, _pass.Rollups);
            }

            _pass = default;
        }

        return slice.HasMore;

        DateTimeOffset? Cutoff(int days) => days == 0 ? null : now.AddDays(-days);
    }

    [LoggerMessage(5101, LogLevel.Information, "Removed what was kept long enough: {Verifications} verifications, {Attempts} attempts, {EarlyReceipts} receipts of nobody, {Rollups} rows of the rollup")]
    partial void LogRemoved(long verifications, long attempts, long earlyReceipts, long rollups);
}
