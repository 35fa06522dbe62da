using Countersign.Core.Codes;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery;

/// <summary>
/// Messages that were committed with their verification and wait to be sent. Each is claimed by one dispatcher and stays in the store until its
/// outcome is recorded: after a crash it is claimed again, so a message goes out at least once.
/// </summary>
public interface IOutbox
{
    /// <summary>Waits until there is something to send and claims up to <paramref name="max"/> messages, oldest first. Never empty.</summary>
    ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct);

    /// <summary>Keeps the outcomes and takes the messages out of the outbox, in one atomic step. An outcome that is known already changes nothing.</summary>
    /// <returns>
    /// What came of receipts that were there before their attempts. Where an earlier call may have kept an outcome without being able to say so, what its receipts said is said again.
    /// Those that say that a message did not arrive are kept until what follows was done (<see cref="ReceivedReceipts.Kept"/>).
    /// </returns>
    Task<ReceivedReceipts> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct);

    /// <summary>Messages without an outcome that this server may have to send, as far as it knows. Costs nothing to ask.</summary>
    long Known { get; }

    /// <summary>Messages that wait, the age of the oldest, and what of the store cannot be written to, for health and metrics.</summary>
    ValueTask<OutboxDepth> DepthAsync(CancellationToken ct);
}

/// <summary>One message to send.</summary>
public sealed record OutboxItem
{
    /// <summary>The store's own name for the row.</summary>
    public required long Position { get; init; }

    public required SendAttempt Attempt { get; init; }

    /// <summary>The verification as it was when the send was asked for.</summary>
    public required Verification Verification { get; init; }

    /// <summary>The caller's own code, where it gave one.</summary>
    public OneTimeCode? CustomCode { get; init; }
}

/// <summary>What became of one message.</summary>
public sealed record SendRecord
{
    public required OutboxItem Item { get; init; }

    public required AttemptStatus Status { get; init; }

    /// <summary>The carrier that was tried; null when none was.</summary>
    public string? Carrier { get; init; }

    /// <summary>The carrier's own name for the message.</summary>
    public string? CarrierMessageId { get; init; }

    /// <summary>Why no carrier took it.</summary>
    public DeliveryError? Error { get; init; }

    /// <summary>The class of the error.</summary>
    public SendFailure? Failure => Error is { } error ? DeliveryErrors.ClassOf(error) : null;

    /// <summary>The carrier's own error.</summary>
    public string? CarrierCode { get; init; }

    /// <summary>The words that were used.</summary>
    public string? Locale { get; init; }

    /// <summary>What the carrier charges for.</summary>
    public int Segments { get; init; }

    /// <summary>The route that was followed; null for none but the order of the carriers.</summary>
    public string? Route { get; init; }

    /// <summary>The carriers that were tried, in order.</summary>
    public IReadOnlyList<SendTry> Tries { get; init; } = [];

    public required DateTimeOffset At { get; init; }
}

/// <summary>How full the outbox is.</summary>
public readonly record struct OutboxDepth(long Waiting, TimeSpan OldestAge)
{
    /// <summary>The parts of a divided store that cannot be written to now; null where all can, and for a store that has no parts.</summary>
    public PartsAway? Away { get; init; }
}

/// <summary>Parts of a store, each of which may be away by itself, and holds up nobody who asks another.</summary>
/// <param name="Of">How many parts there are.</param>
/// <param name="Why">The number of each that cannot be written to, from 0, and why, in words that anyone may read.</param>
public sealed record PartsAway(int Of, IReadOnlyList<KeyValuePair<int, string>> Why)
{
    public bool IsAll => Why.Count == Of;
}
