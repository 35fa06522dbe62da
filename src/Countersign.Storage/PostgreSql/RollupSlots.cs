namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Rows of the rollup that a node's connections write to. A node has sixteen that most likely no other has; where two nodes have the same, they only wait for each other now and then.
/// </summary>
sealed class RollupSlots(long node)
{
    /// <summary>Where the slots of past hours are put together.</summary>
    public const short Summed = 0;

    const int Size = 16, Receipts = 8;

    readonly int _first = (int)((node % 2047) + 1) * Size;
    int _lanes;
    int _receipts;

    /// <summary>For a connection that keeps it; the attempts' writer has one, and each lane.</summary>
    public short ForLane() => (short)(_first + (Interlocked.Increment(ref _lanes) % Receipts));

    /// <summary>For receipts, which come over many connections at a time.</summary>
    public short ForReceipts() => (short)(_first + Receipts + (Interlocked.Increment(ref _receipts) & (Receipts - 1)));
}
