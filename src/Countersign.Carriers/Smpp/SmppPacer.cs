namespace Countersign.Carriers.Smpp;

/// <summary>Lets so many through a second, a tenth of a second's worth at once after a rest: a token bucket whose tokens may be owed. 0 for no limit.</summary>
sealed class SmppPacer(int perSecond, TimeProvider time)
{
    readonly long _interval = perSecond == 0 ? 0 : time.TimestampFrequency / perSecond;
    readonly long _burst = time.TimestampFrequency / 10;
    long _next;

    /// <summary>Waits for its turn; when cancelled, the turn passes unused.</summary>
    public Task WaitAsync(CancellationToken ct)
    {
        if (perSecond == 0)
        {
            return Task.CompletedTask;
        }

        long wait;
        lock (this)
        {
            var now = time.GetTimestamp();
            _next = Math.Max(_next, now - _burst);
            wait = _next - now;
            _next += _interval;
        }

        return wait <= 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds((double)wait / time.TimestampFrequency), time, ct);
    }
}
