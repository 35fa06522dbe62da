namespace Countersign.Core.Insight;

/// <summary>
/// Removes what is older than it is kept for, a bounded slice at a time, so that it may run beside load. Never removed: a verification that may still be pending or whose message
/// is still to be sent, and that message; services, accounts and settings. A store that many nodes share lets one of them at a time work; the others find nothing to do.
/// </summary>
public interface IRetention
{
    /// <summary>
    /// Removes one slice, oldest first: one atomic step, durable when it returns, and short enough that no other waits for it noticeably. Calling it until there is no more
    /// is one pass. A verification goes when its code had run out before the cutoff, an attempt when it was asked for before it, a challenge when it was made before it, with the receipts that wait for nobody any more. A
    /// store that keeps history by the day may keep each up to two days longer, until the whole day can go. What is gone is as good as never there: a check of it finds nothing.
    /// </summary>
    /// <exception cref="Verifications.StoreOverloadedException">Requests come first; nothing was removed.</exception>
    Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct);

    /// <summary>What time it is by the store's own clock; null where it has none but that of this machine.</summary>
    Task<DateTimeOffset?> ClockAsync(CancellationToken ct);
}

/// <summary>What is older than these goes.</summary>
/// <param name="History">Verifications, attempts and challenges of factors; null to keep them for ever.</param>
/// <param name="Rollups">Hours of the rollup that ended before it; null to keep them for ever.</param>
/// <param name="EarlyReceipts">Receipts whose attempt never came, and access tokens, which were good for minutes.</param>
public readonly record struct RetentionCutoffs(DateTimeOffset? History, DateTimeOffset? Rollups, DateTimeOffset EarlyReceipts)
{
    /// <summary>Starts that were refused.</summary>
    public DateTimeOffset Refusals { get; init; }
}

/// <summary>What one slice removed. Where a whole day goes at once, its rows need not be counted one by one: an estimate will do.</summary>
public readonly record struct RetentionSlice(long Verifications, long Attempts, long EarlyReceipts, long Rollups)
{
    /// <summary>Challenges of factors.</summary>
    public long Challenges { get; init; }

    /// <summary>Access tokens.</summary>
    public long AccessTokens { get; init; }

    /// <summary>Entities of services that were removed, with what hung on them.</summary>
    public long Entities { get; init; }

    /// <summary>The pass goes on: call again.</summary>
    public bool HasMore { get; init; }

    /// <summary>Refused starts.</summary>
    public long Refusals { get; init; }

    /// <summary>Rows of every kind.</summary>
    public long Rows => Verifications + Attempts + EarlyReceipts + Rollups + Challenges + AccessTokens + Entities + Refusals;
}
