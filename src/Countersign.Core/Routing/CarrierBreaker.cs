namespace Countersign.Core.Routing;

/// <summary>How often an open breaker lets one message through to see whether its carrier works again.</summary>
/// <param name="First">Time from opening to the first probe.</param>
/// <param name="Longest">The time between two probes doubles up to here.</param>
readonly record struct ProbeIntervals(TimeSpan First, TimeSpan Longest)
{
    public TimeSpan After(TimeSpan interval) => interval + interval < Longest ? interval + interval : Longest;
}

/// <summary>
/// A circuit breaker as a value: closed, or open with single probes at growing intervals. The default value is closed.
/// </summary>
readonly record struct CarrierBreaker
{
    public bool IsOpen { get; private init; }

    /// <summary>When it opened, or closed again; the beginning of time for one that never opened.</summary>
    public DateTimeOffset Since { get; private init; }

    /// <summary>From when on a message may go through; means nothing while closed.</summary>
    public DateTimeOffset NextProbeAt { get; private init; }

    /// <summary>The time that was last waited for a probe; kept while closed, for a carrier that soon falls back.</summary>
    public TimeSpan Interval { get; private init; }

    /// <summary>Messages let through since it opened.</summary>
    public int Probes { get; private init; }

    /// <summary>A probe is due. What lies twice as far off as it was set was set by a clock that has been set back since.</summary>
    public bool IsDue(DateTimeOffset now) => IsOpen && (now >= NextProbeAt || NextProbeAt - now > Interval + Interval);

    /// <summary>
    /// Opens it. A carrier that falls back within <see cref="ProbeIntervals.Longest"/> of having come back waits on where it stopped,
    /// so that one which comes and goes is asked less and less.
    /// </summary>
    public CarrierBreaker Open(DateTimeOffset now, ProbeIntervals intervals)
    {
        if (IsOpen)
            return this;

        var fellBack = Interval > TimeSpan.Zero && (now - Since).Duration() < intervals.Longest;
        var interval = fellBack ? intervals.After(Interval) : intervals.First;
        return new CarrierBreaker { IsOpen = true, Since = now, NextProbeAt = now + interval, Interval = interval };
    }

    /// <summary>Takes the probe that is due; null where none is. Until the next interval has passed nobody else gets one.</summary>
    public CarrierBreaker? Probe(DateTimeOffset now, ProbeIntervals intervals)
    {
        if (!IsDue(now))
            return null;

        var interval = intervals.After(Interval);
        return this with { NextProbeAt = now + interval, Interval = interval, Probes = Probes + 1 };
    }

    /// <summary>Closes it: the carrier has shown that it works.</summary>
    public CarrierBreaker Close(DateTimeOffset now) =>
        IsOpen ? new CarrierBreaker { Since = now, Interval = Interval } : this;
}
