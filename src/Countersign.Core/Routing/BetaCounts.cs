namespace Countersign.Core.Routing;

/// <summary>How often a thing happened and how often it did not, where older observations weigh less. Never negative, never NaN.</summary>
readonly record struct BetaCounts(double Hits, double Misses)
{
    public double Total => Hits + Misses;

    /// <summary>Share of the hits; one half where nothing was seen.</summary>
    public double Mean => Total > 0 ? Hits / Total : 0.5;

    /// <summary>Standard deviation of the Beta distribution with these parameters.</summary>
    public double Deviation => Total > 0 ? Math.Sqrt(Mean * (1 - Mean) / (Total + 1)) : 0.5;

    /// <summary>What is left after a time: half of it after each half-life. Time that runs backwards changes nothing.</summary>
    public BetaCounts After(TimeSpan elapsed, TimeSpan halfLife) =>
        elapsed <= TimeSpan.Zero ? this : this * Math.Pow(0.5, elapsed / halfLife);

    /// <summary>
    /// These observations, and what others saw, which counts for at most <paramref name="most"/> observations:
    /// so a thin cell leans on its parent and a full one stands on its own.
    /// </summary>
    public BetaCounts Borrowing(BetaCounts others, double most) =>
        others.Total <= most ? this + others : this + (others * (most / others.Total));

    public static BetaCounts operator +(BetaCounts left, BetaCounts right) => new(left.Hits + right.Hits, left.Misses + right.Misses);

    // Rounding must not leave a negative rest, which no distribution can be made of.
    public static BetaCounts operator -(BetaCounts left, BetaCounts right) =>
        new(Math.Max(0, left.Hits - right.Hits), Math.Max(0, left.Misses - right.Misses));

    public static BetaCounts operator *(BetaCounts counts, double factor) => new(counts.Hits * factor, counts.Misses * factor);
}
