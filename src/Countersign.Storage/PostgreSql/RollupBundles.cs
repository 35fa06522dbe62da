using Countersign.Core.Insight;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// What the events of a batch add to the rollup, if they are kept. Most events of a batch add the same, such as one start for one service: that is a bundle, sent once, and each
/// event names it by its number.
/// </summary>
sealed class RollupBundles(IReadOnlyList<RollupCounter> counters) : IRollupSink
{
    readonly Dictionary<((RollupKey, RollupCounts), (RollupKey, RollupCounts)?), short> _numbers = [];
    (RollupKey Key, RollupCounts Counts)? _event;
    (RollupKey Key, RollupCounts Counts)? _other;

    public RollupArrays Rows { get; } = new(counters, areNumbered: true);

    public void Clear()
    {
        _numbers.Clear();
        Rows.Clear();
        (_event, _other) = (null, null);
    }

    /// <summary>
    /// Counts a part of an event. Its parts have one key, or two where an approval counts in the hour of its start and in that of its latest send. Receipts, which move counts
    /// from one key to another, are not counted here.
    /// </summary>
    public void Add(in RollupKey key, RollupCounter counter, int by)
    {
        ref var part = ref _event;
        if (part is { } first && first.Key != key)
        {
            part = ref _other;
        }

        var (known, counts) = part ?? (key, default);
        if (known != key)
        {
            throw new InvalidOperationException("An event of a batch counts in two rows of the rollup at most.");
        }

        counts[counter] += by;
        part = (key, counts);
    }

    /// <summary>The end of an event: the number of its bundle; null where it counts nowhere.</summary>
    public short? End()
    {
        if (_event is not { } counted)
        {
            return null;
        }

        var other = _other;
        (_event, _other) = (null, null);
        if (!_numbers.TryGetValue((counted, other), out var number))
        {
            number = (short)(_numbers.Count + 1);
            Rows.Add(counted.Key, counted.Counts, number);
            if (other is { } second)
            {
                Rows.Add(second.Key, second.Counts, number);
            }

            _numbers.Add((counted, other), number);
        }

        return number;
    }
}
