namespace Countersign.Storage.Redis;

/// <summary>
/// The oldest of many moments that come and go. Those of one second are counted together, so that to ask costs the same however many there are; the answer is off by less than a
/// second where the oldest of its second has gone.
/// </summary>
sealed class OldestMoment
{
    readonly SortedDictionary<long, Second> _seconds = [];

    public DateTimeOffset? Value
    {
        get
        {
            foreach (var second in _seconds.Values)
            {
                return second.First;
            }

            return null;
        }
    }

    public void Add(DateTimeOffset moment)
    {
        var key = moment.ToUnixTimeSeconds();
        if (!_seconds.TryGetValue(key, out var second))
        {
            _seconds.Add(key, second = new Second(moment));
        }

        second.Count++;
        second.First = moment < second.First ? moment : second.First;
    }

    public void Remove(DateTimeOffset moment)
    {
        var key = moment.ToUnixTimeSeconds();
        if (--_seconds[key].Count == 0)
        {
            _seconds.Remove(key);
        }
    }

    sealed class Second(DateTimeOffset first)
    {
        public int Count { get; set; }

        public DateTimeOffset First { get; set; } = first;
    }
}
