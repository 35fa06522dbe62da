namespace Countersign.Core.Delivery;

/// <summary>Lets the same thing be said at once, and then seldom, however many meet it. Safe to call from many threads.</summary>
/// <param name="time">By whose timestamps.</param>
/// <param name="every">How seldom; every ten seconds at most for null.</param>
public sealed class Rarely(TimeProvider time, TimeSpan? every = null)
{
    readonly TimeSpan _every = every ?? TimeSpan.FromSeconds(10);

    // By a clock that nobody can set; 0 for never.
    long _saidAt;

    /// <summary>Whether it may be said now; true for one of those that ask together.</summary>
    public bool May()
    {
        var (now, last) = (Math.Max(1, time.GetTimestamp()), Volatile.Read(ref _saidAt));
        return (last == 0 || time.GetElapsedTime(last, now) >= _every) && Interlocked.CompareExchange(ref _saidAt, now, last) == last;
    }
}
