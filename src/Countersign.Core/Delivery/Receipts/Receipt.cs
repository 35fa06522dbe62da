using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Delivery.Receipts;

/// <summary>A carrier's word on what became of a message. It names the message by the attempt, by the carrier's own id, or by both.</summary>
public sealed record Receipt
{
    /// <summary>The attempt (VL…), where the carrier gave back what we called it.</summary>
    public Sid? AttemptSid { get; init; }

    /// <summary>The carrier's own name for the message.</summary>
    public string? CarrierMessageId { get; init; }

    public required ReceiptStatus Status { get; init; }

    /// <summary>Why it was not delivered.</summary>
    public DeliveryError? Error { get; init; }

    /// <summary>The carrier's own error, at most 64 characters.</summary>
    public string? CarrierCode { get; init; }

    /// <summary>When it happened, by the carrier's word; null for when we heard of it.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>What the carrier charged, positive.</summary>
    public decimal? Price { get; init; }

    /// <summary>ISO 4217, lower case.</summary>
    public string? Currency { get; init; }

    /// <summary>The network that it went to: mobile country and network code (ITU-T E.212), where the carrier says it.</summary>
    public string? MobileCountryCode { get; init; }

    public string? MobileNetworkCode { get; init; }
}

/// <summary>How far a message came. The numbers are stored, and a higher one wins over a lower one that comes later.</summary>
public enum ReceiptStatus
{
    /// <summary>On its way: queued, sent, buffered.</summary>
    Sent = 1,

    /// <summary>It will not arrive.</summary>
    Undelivered = 2,

    /// <summary>The phone or mailbox has it; the call was answered.</summary>
    Delivered = 3,

    /// <summary>The person has seen it.</summary>
    Read = 4,
}
