namespace Countersign.Core.Delivery;

/// <summary>Lets the same thing be said at once, and then every ten seconds at most, however many meet it. Safe to call from many threads.</summary>
sealed class Rarely(TimeProvider time)
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    // By a clock that nobody can set; 0 for never.
    long _saidAt;

    public bool May()
    {
        var (now, last) = (Math.Max(1, time.GetTimestamp()), Volatile.Read(ref _saidAt));
        return (last == 0 || time.GetElapsedTime(last, now) >= Every) && Interlocked.CompareExchange(ref _saidAt, now, last) == last;
    }
}
