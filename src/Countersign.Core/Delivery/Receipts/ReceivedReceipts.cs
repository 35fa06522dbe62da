namespace Countersign.Core.Delivery.Receipts;

/// <summary>What receipts came to.</summary>
/// <param name="Changed">The attempts that they changed, as they are now.</param>
/// <param name="SaidAgain">
/// Those that they say once more were not delivered. What follows from that may not have been done the first time: the store may have been away by then, or the answer lost.
/// </param>
public sealed record ReceivedReceipts(IReadOnlyList<AttemptRecord> Changed, IReadOnlyList<AttemptRecord> SaidAgain)
{
    public static readonly ReceivedReceipts None = new([], []);

    /// <summary>The attempts that did not arrive, by the word of these receipts.</summary>
    public IEnumerable<AttemptRecord> Undelivered => Changed.Where(attempt => attempt.Status == AttemptStatus.Undelivered).Concat(SaidAgain);
}
