namespace Countersign.Core.Factors;

/// <summary>Moments as stores keep them.</summary>
static class Moments
{
    /// <summary>The moment it is, to the millisecond.</summary>
    public static DateTimeOffset GetMillisecond(this TimeProvider time) => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Now, or a millisecond after the newest where the clock stood still or went back, so that moments are an order.</summary>
    public static DateTimeOffset After(DateTimeOffset? newest, DateTimeOffset now) => newest is { } before && now <= before ? before.AddMilliseconds(1) : now;

    /// <summary>Those of a list that are less than some time ago, and one more.</summary>
    public static IReadOnlyList<DateTimeOffset> Recent(IReadOnlyList<DateTimeOffset> moments, TimeSpan within, DateTimeOffset now) =>
        [.. moments.Where(moment => moment > now - within), now];
}
