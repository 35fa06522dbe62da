namespace Countersign.Core.Factors;

/// <summary>What bounds challenges.</summary>
public static class ChallengeLimits
{
    /// <summary>How long one may be answered, unless its maker says otherwise.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(5);

    /// <summary>How long one may be answered at most.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(60);

    /// <summary>By how much the clocks of two servers may differ without it being noticed.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(5);
}
