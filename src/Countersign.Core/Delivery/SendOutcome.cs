using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Delivery;

/// <summary>What a carrier said of one message.</summary>
public abstract record SendOutcome
{
    /// <summary>The carrier took the message; <paramref name="CarrierMessageId"/> is its own name for it, where it gave one.</summary>
    public sealed record Accepted(string? CarrierMessageId) : SendOutcome;

    /// <summary>The carrier did not take it. <paramref name="CarrierCode"/> is the carrier's own error, for support; at most 64 characters, never the number or the text.</summary>
    public sealed record Refused(DeliveryError Error, string? CarrierCode) : SendOutcome
    {
        /// <summary>Whether the carrier said so. False where it was not even asked, for want of a place or a turn: that says nothing about it.</summary>
        public bool WasAsked { get; init; } = true;

        /// <summary>It may not even wait for a place: as many do as may while messages go out by another carrier.</summary>
        internal bool IsCrowd { get; init; }

        /// <summary>The class of the error.</summary>
        public SendFailure Failure => DeliveryErrors.ClassOf(Error);
    }

    SendOutcome()
    {
    }
}

/// <summary>The five classes that every carrier error falls into. The numbers are stored.</summary>
public enum SendFailure
{
    /// <summary>The carrier thinks that this is fraud: counts against the destination and opens no other channel.</summary>
    FraudBlock = 1,

    /// <summary>The number does not exist or does not want messages: another carrier will not help.</summary>
    NumberRefused = 2,

    /// <summary>This carrier, or this channel, does not reach this number; another may.</summary>
    ChannelRefused = 3,

    /// <summary>Throttled or timed out: another carrier may take it at once, and this one shortly.</summary>
    TryAgain = 4,

    /// <summary>The carrier is out of order: does not use up the person's allowance.</summary>
    CarrierDown = 5,
}
