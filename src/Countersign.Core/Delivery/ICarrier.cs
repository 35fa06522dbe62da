namespace Countersign.Core.Delivery;

/// <summary>
/// One carrier. A send is keyed by <see cref="OutgoingMessage.AttemptSid"/>: after a crash the same attempt may be sent again,
/// and an adapter whose carrier knows idempotency keys passes it on.
/// </summary>
public interface ICarrier
{
    /// <summary>Lower-case name, as in routes, callbacks and metrics.</summary>
    string Name { get; }

    /// <summary>Hands the message over. Expected refusals are outcomes; an exception is a bug or a lost connection.</summary>
    ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct);
}
