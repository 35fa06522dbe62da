using Countersign.Core.Insight;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// What the events of a batch add to the rollup, if they are kept. Most events of a batch add the same, such as one start for one service: that is a bundle, sent once, and each
/// event names it by its number.
/// </summary>
sealed class RollupBundles(IReadOnlyList<RollupCounter> counters) : IRollupSink
{
    readonly Dictionary<(RollupKey, RollupCounts), short> _numbers = [];
    (RollupKey Key, RollupCounts Counts)? _event;

    public RollupArrays Rows { get; } = new(counters);

    public void Clear()
    {
        _numbers.Clear();
        Rows.Clear();
        _event = null;
    }

    /// <summary>Counts a part of an event. All parts have one key: only receipts move counts from one key to another, and those are not counted here.</summary>
    public void Add(in RollupKey key, RollupCounter counter, int by)
    {
        var (known, counts) = _event ?? (key, default);
        if (known != key)
        {
            throw new InvalidOperationException("An event of a batch counts in one row of the rollup.");
        }

        counts[counter] += by;
        _event = (key, counts);
    }

    /// <summary>The end of an event: the number of its bundle; null where it counts nowhere.</summary>
    public short? End()
    {
        if (_event is not { } counted)
        {
            return null;
        }

        _event = null;
        if (!_numbers.TryGetValue(counted, out var number))
        {
            Rows.Add(counted.Key, counted.Counts);
            number = (short)Rows.Count;
            _numbers.Add(counted, number);
        }

        return number;
    }
}
