using System.Runtime.InteropServices;

namespace Countersign.Core.Insight;

/// <summary>What a batch adds to the rollup, gathered so that each key is written once. Kept and cleared by its store; one thread at a time.</summary>
public sealed class RollupDeltas : IRollupSink
{
    readonly Dictionary<RollupKey, RollupCounts> _counts = [];

    public bool IsEmpty => _counts.Count == 0;

    /// <summary>Each key once, in no order. Some may have counts that cancel out (<see cref="RollupCounts.IsZero"/>).</summary>
    public Dictionary<RollupKey, RollupCounts>.Enumerator GetEnumerator() => _counts.GetEnumerator();

    /// <summary>Each key once, in the order of keys, without those whose counts cancel out.</summary>
    public IReadOnlyList<KeyValuePair<RollupKey, RollupCounts>> InOrder()
    {
        var rows = new List<KeyValuePair<RollupKey, RollupCounts>>(_counts.Count);
        foreach (var row in _counts)
        {
            if (!row.Value.IsZero)
            {
                rows.Add(row);
            }
        }

        rows.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return rows;
    }

    public void Add(in RollupKey key, RollupCounter counter, int by) => CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _)[(int)counter] += by;

    /// <summary>Adds what another has gathered.</summary>
    public void Add(RollupDeltas other)
    {
        foreach (var (key, counts) in other._counts)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _);
            sum += counts;
        }
    }

    /// <summary>Forgets everything and keeps the room for the next batch.</summary>
    public void Clear() => _counts.Clear();
}
