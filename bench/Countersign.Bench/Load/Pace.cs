using System.Diagnostics;

namespace Countersign.Bench.Load;

/// <summary>
/// When the next request is due. Saturating: whenever a connection is free, which finds out how much can be had. Steady: at fixed moments, however long the answers
/// take, which is how people come. A request that waits for a free connection is late, and its latency counts from when it was due; otherwise a server that stands still
/// for a second would be asked nothing in that second, and look good.
/// </summary>
sealed class Pace
{
    readonly double _interval; // Ticks from one to the next; 0 when saturating.
    readonly double _duration;
    long _begun;
    long _taken;

    Pace(double interval, TimeSpan duration) => (_interval, _duration) = (interval, duration.TotalSeconds * Stopwatch.Frequency);

    public static Pace Saturating(TimeSpan duration) => new(0, duration);

    public static Pace Steady(double perSecond, TimeSpan duration) => new(Stopwatch.Frequency / perSecond, duration);

    public void Begin(long now) => (_begun, _taken) = (now, 0);

    /// <summary>Takes a request that is due; the moment it was due at is null for one that is due whenever it is sent.</summary>
    public bool TryTake(long now, out long? due)
    {
        due = null;
        if (_interval == 0)
        {
            return now - _begun < _duration;
        }

        var next = _taken * _interval;
        if (next >= _duration || _begun + next > now)
        {
            return false;
        }

        due = _begun + (long)next;
        _taken++;
        return true;
    }

    /// <summary>No request will be due any more.</summary>
    public bool IsOver(long now) => _interval == 0 ? now - _begun >= _duration : _taken * _interval >= _duration;

    /// <summary>How long until the next is due; the longest that it is worth waiting for when none is.</summary>
    public TimeSpan UntilNext(long now, TimeSpan most)
    {
        if (_interval == 0 || IsOver(now))
        {
            return most;
        }

        var wait = TimeSpan.FromSeconds(Math.Max(0, _begun + (_taken * _interval) - now) / Stopwatch.Frequency);
        return wait < most ? wait : most;
    }
}
