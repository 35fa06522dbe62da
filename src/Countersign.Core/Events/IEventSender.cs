namespace Countersign.Core.Events;

/// <summary>Posts events to a receiver.</summary>
public interface IEventSender
{
    /// <summary>One request with these events: of a webhook one, of a sink any number. Does not throw for what a receiver does.</summary>
    Task<SendEventsResult> SendAsync(EventReceiver receiver, IReadOnlyList<EventEntry> events, CancellationToken ct);
}

/// <summary>What a receiver did.</summary>
/// <param name="Problem">
/// Why it has not taken them; null when it has. Words for machines without anything of the receiver in them: <c>status_500</c>, <c>redirect</c>, <c>timeout</c>,
/// <c>not_resolved</c>, <c>address_not_allowed</c>, <c>not_connected</c>, <c>tls</c>, <c>broken_off</c>.
/// </param>
/// <param name="RetryAfter">How long it asked to be left alone; null where it did not.</param>
public readonly record struct SendEventsResult(string? Problem, TimeSpan? RetryAfter = null);
