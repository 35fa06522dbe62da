namespace Countersign.Core.Guard.Windows;

/// <summary>At most so many events in any interval. Half open: an event ceases to count when exactly the interval has passed.</summary>
/// <param name="Key">A keyed hash of what is counted and of the rule that it is counted for: never the value itself, and no two rules share one.</param>
/// <param name="Max">Events, at least 1. Up to <see cref="MaxExact"/> each is remembered with its own moment.</param>
/// <param name="Interval">From a tick to whatever a process lives.</param>
public readonly record struct WindowRule(UInt128 Key, int Max, TimeSpan Interval)
{
    /// <summary>The largest <see cref="Max"/> that is counted exactly. Above it moments are rounded up to the next 64th of the interval, so an event counts for up to that much too long.</summary>
    public const int MaxExact = 32;

    /// <summary>The rounding of a larger <see cref="Max"/>: parts of an interval.</summary>
    public const int Slots = 64;

    /// <summary>The longest that a growing pause gets.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait after the first event; after each further one twice as long, up to <see cref="LongestPause"/>. Zero for no pause.</summary>
    public TimeSpan FirstPause { get; init; }

    /// <summary>
    /// By a limit of a service's own, whose values its callers make up: however many these are, windows of such rules push out no more than half of the others
    /// (<see cref="SlidingWindows"/>).
    /// </summary>
    public bool IsMadeUp { get; init; }

    /// <summary>The moment that an event of now is remembered with.</summary>
    internal long Rounded(long now)
    {
        if (Max <= MaxExact)
        {
            return now;
        }

        var slot = Math.Max(1, Interval.Ticks / Slots);
        return ((now / slot) + 1) * slot;
    }

    /// <summary>The pause that is due after so many events.</summary>
    internal long PauseAfter(int events) =>
        FirstPause == TimeSpan.Zero ? 0 : Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Clamp(events - 1, 0, 20));
}
