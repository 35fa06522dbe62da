using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>What the simulated network does with one message.</summary>
public sealed record SimulationPlan
{
    /// <summary>How long the carrier takes to answer.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Why the carrier does not take it; null when it does.</summary>
    public DeliveryError? Refusal { get; init; }

    /// <summary>Whether the phone gets it.</summary>
    public bool Arrives { get; init; }

    /// <summary>What a receipt says; null for none.</summary>
    public PlannedReceipt? Receipt { get; init; }
}

/// <summary>A receipt to be sent so long after the answer.</summary>
/// <param name="Status"><see cref="ReceiptStatus.Delivered"/> or <see cref="ReceiptStatus.Undelivered"/>.</param>
/// <param name="Error">Why it was not delivered.</param>
/// <param name="Delay">From the answer on.</param>
public sealed record PlannedReceipt(ReceiptStatus Status, DeliveryError? Error, TimeSpan Delay);

/// <summary>What is known of a message when its way is decided.</summary>
/// <param name="To">The destination in the clear: E.164, or a mailbox.</param>
/// <param name="Text">What it says.</param>
/// <param name="InLastSecond">How many messages the rule that counts has let through in the second before.</param>
public readonly record struct SimulatedMessage(string To, string Text, int InLastSecond)
{
    /// <summary>Shows neither number nor text.</summary>
    public override string ToString() => "message";
}
