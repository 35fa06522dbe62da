namespace Countersign.Core.Delivery.Receipts;

/// <summary>What receipts came to.</summary>
/// <param name="Changed">The attempts that they changed, as they are now.</param>
/// <param name="SaidAgain">
/// Those that they say once more were not delivered. What follows from that may not have been done the first time: the store may have been away by then, or the answer lost.
/// </param>
public sealed record ReceivedReceipts(IReadOnlyList<AttemptRecord> Changed, IReadOnlyList<AttemptRecord> SaidAgain)
{
    public static readonly ReceivedReceipts None = new([], []);

    /// <summary>Receipts that say so and that the store keeps until what follows from them was done (<see cref="IAttemptStore.FollowedAsync"/>): their carriers were told that we have them, and will not say it again.</summary>
    public IReadOnlyList<KeptReceipt> Kept { get; init; } = [];

    /// <summary>The attempts that did not arrive, by the word of these receipts.</summary>
    public IEnumerable<AttemptRecord> Undelivered => Changed.Where(attempt => attempt.Status == AttemptStatus.Undelivered).Concat(SaidAgain);
}

/// <summary>A receipt that a store keeps.</summary>
/// <param name="Attempt">The attempt that it is about.</param>
/// <param name="Position">The store's own name for it.</param>
public readonly record struct KeptReceipt(Sid Attempt, long Position);
