using Countersign.Core.Delivery.Receipts;

namespace Countersign.Core.Delivery;

/// <summary>
/// One configured carrier, safe to use from many threads. A send is keyed by <see cref="OutgoingMessage.AttemptSid"/>: after a crash the same attempt may be sent
/// again, and an adapter whose carrier knows idempotency keys passes it on. One that holds connections is also an <see cref="IAsyncDisposable"/>.
/// </summary>
public interface ICarrier
{
    /// <summary>Lower-case name, as in routes, callbacks and metrics.</summary>
    string Name { get; }

    /// <summary>
    /// Hands the message over, once: retries, timeouts and failover are the caller's. What the carrier answers is an outcome. What is thrown is read by the caller:
    /// <see cref="OperationCanceledException"/> and <see cref="TimeoutException"/> as a timeout, after which the carrier may have the message; another exception of the
    /// network as a failed connection, by which it has not; anything else as a bug.
    /// </summary>
    ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct);

    /// <summary>
    /// Reads what the carrier calls us with: checks its signature first, then says what it means. Nothing of a request that is wrongly signed is used.
    /// </summary>
    CallbackOutcome Receive(CallbackRequest request) => CallbackOutcome.NotExpected;
}
