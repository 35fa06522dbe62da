using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>How the network behaves towards the destinations that start with a prefix.</summary>
public sealed record SimulationRule
{
    /// <summary>What the destination starts with, as <c>+44770090</c> or the start of a mailbox; empty for every destination. Of all rules the one with the longest counts, alone.</summary>
    public required string Prefix { get; init; }

    /// <summary>How long the carrier takes to answer: drawn evenly. At most a minute.</summary>
    public Spread Latency { get; init; }

    /// <summary>The part of the messages that is taken and never heard of again, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Which receipts are sent; null for as without a rule.</summary>
    public ReceiptMode? Receipts { get; init; }

    /// <summary>How long after the answer the receipt comes: drawn evenly. At most an hour.</summary>
    public Spread ReceiptDelay { get; init; }

    /// <summary>What the carrier does not take, and how often.</summary>
    public Mishap? Refusal { get; init; }

    /// <summary>What does not arrive, and how often; said by receipt.</summary>
    public Mishap? Undelivered { get; init; }

    /// <summary>Texts that hold one of these words, in any case, are filtered: taken, and undelivered by receipt.</summary>
    public IReadOnlyList<string> Filter { get; init; } = [];

    /// <summary>What is above so many in any one second is refused as throttled; null for no limit.</summary>
    public int? MessagesPerSecond { get; init; }

    /// <summary>While it lasts no connection is made.</summary>
    public Outage? Outage { get; init; }
}

/// <summary>From the shortest to the longest time.</summary>
public readonly record struct Spread(TimeSpan Shortest, TimeSpan Longest)
{
    /// <summary>One of them, by a number from 0 to below 1.</summary>
    public TimeSpan At(double chance) => Shortest + ((Longest - Shortest) * chance);
}

/// <summary>An error and how often it strikes, 0 to 1.</summary>
public sealed record Mishap(DeliveryError Error, double Probability = 1);

/// <summary>A window of time: from the first moment, up to and without the second.</summary>
public sealed record Outage(DateTimeOffset From, DateTimeOffset Until);

/// <summary>Which receipts are sent.</summary>
public enum ReceiptMode
{
    /// <summary>None, whatever happens.</summary>
    None,

    /// <summary>For what was not delivered.</summary>
    Failures,

    /// <summary>For what was delivered, too.</summary>
    All,
}
