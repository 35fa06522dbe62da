using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard;

/// <summary>One start as Guard sees it: what is known before the store is asked and a message costs money.</summary>
public sealed record StartFacts
{
    public required VerifyService Service { get; init; }

    public required Destination To { get; init; }

    /// <summary>The destination's index value: what to count it by, since it says nothing about the number.</summary>
    public required UInt128 DestinationKey { get; init; }

    /// <summary>The index value that limits count it by, which is one for all spellings of a mailbox; the destination's own where nobody says another.</summary>
    public UInt128 CountedKey { get => field == 0 ? DestinationKey : field; init; }

    /// <summary>The channel that the message goes out on, chosen already where it was left to us.</summary>
    public required Channel Channel { get; init; }

    /// <summary>The fallback plan that it goes on by from there; null for none.</summary>
    public IReadOnlyList<FallbackStep>? Plan { get; init; }

    /// <summary>The same of destinations that the plan sends to beside <see cref="To"/>, each once: mailboxes.</summary>
    public IReadOnlyList<UInt128> OtherKeys { get; init; } = [];

    /// <summary>One of the service's test numbers, which cost nothing and are judged by nothing.</summary>
    public required bool IsTest { get; init; }

    /// <summary>The caller chose the code.</summary>
    public required bool HasCustomCode { get; init; }

    /// <summary>The address of the person's device (<c>DeviceIp</c>), as the caller passed it; null where it did not.</summary>
    public required IpAddress? DeviceIp { get; init; }

    /// <summary>The channels that carriers serve for the destination and no rule closes to it, so that another can be named; empty where nobody asked.</summary>
    public IReadOnlyList<Channel> Open { get; init; } = [];

    public required StartSignals Signals { get; init; }

    /// <summary>The channel was left to us: where text messages are too weak for it, it is judged again by another one.</summary>
    internal bool IsAuto { get; init; }

    /// <summary>It was judged by text message just now, and is counted as one start.</summary>
    internal bool IsJudgedAgain { get; init; }

    /// <summary>Says in the log why it is refused, which nobody does while it may be judged again by another channel; null for nothing to say.</summary>
    internal Action? Untold { get; set; }

    /// <summary>How its risk was judged; null where it was not.</summary>
    internal Risk.RiskAssessment? Risk { get; set; }

    /// <summary>Its risk leaves text messages out, now and in its fallback plan.</summary>
    internal bool WithoutSms { get; set; }

    /// <summary>The keys of the device's address and network, once somebody needed them: two keyed hashes.</summary>
    internal (UInt128 Ip, UInt128 Network)? AddressKeys { get; set; }

    /// <summary>What the device's fingerprint is known by, once somebody needed it (<see cref="DeviceHashes"/>).</summary>
    internal ulong? Device { get; set; }

    /// <summary>How Fraud Guard weighed it; null where it did not, or has counted it.</summary>
    internal Fraud.WeighedStart? Weighed { get; set; }

    /// <summary>What it is counted by while it is in flight; null where it is not.</summary>
    internal UInt128? InFlight { get; set; }

    /// <summary>What the limits counted it by; null where nothing is to be given back.</summary>
    internal Limits.CountedStart? Counted { get; set; }

    /// <summary>When the limits of the destination, this start counted, allow the next; the default value where they did not count it.</summary>
    internal DateTimeOffset NextAt { get; set; }

    /// <summary>The solved challenge that let it through; null for none.</summary>
    internal Challenges.SpentOnStart? Spent { get; set; }

    public override string ToString() => $"start by {Channel} to {To}";
}
