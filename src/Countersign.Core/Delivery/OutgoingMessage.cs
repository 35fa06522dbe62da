using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Numbers;

namespace Countersign.Core.Delivery;

/// <summary>One message ready for a carrier. Its text holds the code: <see cref="ToString"/> shows neither text nor number.</summary>
public sealed record OutgoingMessage
{
    /// <summary>The send attempt (VL…): the idempotency key towards the carrier, and what a receipt may name.</summary>
    public required Sid AttemptSid { get; init; }

    /// <summary>The verification (VE…) that the attempt belongs to.</summary>
    public required Sid VerificationSid { get; init; }

    /// <summary>The account (AC…) that pays for the message.</summary>
    public required Sid AccountSid { get; init; }

    public required Destination To { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>The text, on whichever channel: what is sent by SMS, and what a virtual phone shows.</summary>
    public required RenderedMessage Message { get; init; }

    /// <summary>What a call says; null on other channels.</summary>
    public VoiceScript? Voice { get; init; }

    /// <summary>The mail; null on other channels.</summary>
    public EmailContent? Email { get; init; }

    public required OneTimeCode Code { get; init; }

    /// <summary>Who asks, as the person knows it.</summary>
    public string FriendlyName { get; init; } = "";

    /// <summary>The sender, out of the carrier's: of a text the first that the country allows, of a call the first number. Null where the carrier has none or chooses itself.</summary>
    public string? Sender { get; init; }

    /// <summary>The senders that the service has for the country, to be tried before the carrier's own; null for none.</summary>
    public MessagingService? Pool { get; init; }

    /// <summary>When the code stops being good: it is of no use later, and a carrier that knows a validity is told.</summary>
    public DateTimeOffset ExpiresAt { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>How long the carrier may take before it is given up, 1 to 30 s. For carriers that keep messages waiting, so that time is left for the answer. Default 8 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>A call reads the code out only after a key was pressed.</summary>
    public bool DtmfInputRequired { get; init; }

    /// <summary>Keys to send after a call was answered, for an extension: digits, <c>*</c>, <c>#</c>, and <c>w</c> for half a second's pause.</summary>
    public string? SendDigits { get; init; }

    public override string ToString() => $"{Channel} {AttemptSid} to {To}";
}
