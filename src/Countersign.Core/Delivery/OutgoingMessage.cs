using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Numbers;

namespace Countersign.Core.Delivery;

/// <summary>One message ready for a carrier. Its text holds the code: <see cref="ToString"/> shows neither text nor number.</summary>
public sealed class OutgoingMessage
{
    /// <summary>The send attempt (VL…): the idempotency key towards the carrier.</summary>
    public required Sid AttemptSid { get; init; }

    /// <summary>The verification (VE…) that the attempt belongs to.</summary>
    public required Sid VerificationSid { get; init; }

    /// <summary>The account (AC…) that pays for the message.</summary>
    public required Sid AccountSid { get; init; }

    public required Destination To { get; init; }

    public required Channel Channel { get; init; }

    public required RenderedMessage Message { get; init; }

    public required OneTimeCode Code { get; init; }

    public override string ToString() => $"{Channel} {AttemptSid} to {To}";
}
