namespace Countersign.Core.Routing;

/// <summary>What a breaker protects from.</summary>
public enum BreakerKind
{
    /// <summary>The carrier does not take messages.</summary>
    Refusing = 1,

    /// <summary>The carrier takes messages, but nothing comes back.</summary>
    Dark = 2,
}

/// <summary>A breaker that is open.</summary>
/// <param name="Carrier">The carrier's name.</param>
/// <param name="Country">The one country that it is about; null for all.</param>
/// <param name="Kind">What it protects from.</param>
/// <param name="Reason">Why it is, in words.</param>
public sealed record OpenBreaker(string Carrier, string? Country, BreakerKind Kind, string Reason);

/// <summary>How one breaker stands, for operators.</summary>
public sealed record CarrierHealthState
{
    public required CarrierKey Carrier { get; init; }

    /// <summary>The one country that it is about; null for all.</summary>
    public string? Country { get; init; }

    public required BreakerKind Kind { get; init; }

    public required bool IsOpen { get; init; }

    /// <summary>When it opened, or closed again; null for one that never opened.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When the next message is let through; null while closed.</summary>
    public DateTimeOffset? NextProbeAt { get; init; }

    /// <summary>A message may go through now.</summary>
    public bool ProbeIsDue { get; init; }

    /// <summary>Messages let through since it opened.</summary>
    public int Probes { get; init; }

    /// <summary>How long the carrier usually takes to accept a message; null where it never did.</summary>
    public TimeSpan? Latency { get; init; }

    internal static CarrierHealthState Of(CarrierKey carrier, string? country, BreakerKind kind, CarrierBreaker breaker, TimeSpan? latency, DateTimeOffset now) => new()
    {
        Carrier = carrier,
        Country = country,
        Kind = kind,
        IsOpen = breaker.IsOpen,
        Since = breaker.Since == default ? null : breaker.Since,
        NextProbeAt = breaker.IsOpen ? breaker.NextProbeAt : null,
        ProbeIsDue = breaker.IsDue(now),
        Probes = breaker.Probes,
        Latency = latency,
    };
}

/// <summary>What all breakers of a carrier say of one message together.</summary>
/// <param name="IsOpen">At least one is open.</param>
/// <param name="IsDue">Each that is open lets a probe through.</param>
/// <param name="Reason">Why the first open one is open; empty where none is.</param>
readonly record struct BreakerVerdict(bool IsOpen, bool IsDue, string Reason)
{
    public static BreakerVerdict Closed { get; } = new(false, true, "");

    public bool MayBeAsked => !IsOpen || IsDue;

    public BreakerVerdict And(CarrierBreaker breaker, DateTimeOffset now, string why) =>
        breaker.IsOpen ? new BreakerVerdict(true, IsDue && breaker.IsDue(now), IsOpen ? Reason : why) : this;
}
