using Countersign.Core;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// SIDs of verifications under keys of destinations, which are hashes and so stand where their own bits say, or at the next free place behind (open addressing, linear probing). One access to memory for a
/// look-up, which can be asked for ahead. Doubles when it is half full.
/// </summary>
sealed class DestinationTable
{
    const int LeastPlaces = 64;

    // A SID begins with its moment and is never 0: that marks a free place.
    Entry[] _places = new Entry[LeastPlaces];

    /// <summary>Keys in it.</summary>
    public int Count { get; private set; }

    /// <summary>Asks memory for where a key is looked for soon.</summary>
    public void Expect(UInt128 key) => MemoryHint.For(_places.AsSpan(Home(key), 1));

    public bool TryFind(UInt128 key, out UInt128 sid)
    {
        sid = _places[PlaceOf(key)].Sid;
        return sid != 0;
    }

    /// <summary>Sets the SID of a key; returns the one that it had, or 0.</summary>
    public UInt128 Set(UInt128 key, UInt128 sid)
    {
        var place = PlaceOf(key);
        var before = _places[place].Sid;
        if (before == 0)
        {
            if (++Count > _places.Length / 2)
            {
                Grow();
                place = PlaceOf(key);
            }

            _places[place].Key = key;
        }

        _places[place].Sid = sid;
        return before;
    }

    /// <summary>Removes a key that is in it.</summary>
    public void Remove(UInt128 key)
    {
        var free = PlaceOf(key);
        _places[free] = default;
        Count--;

        // Who stands behind the gap, and would be looked for before it, moves up.
        for (var next = Next(free); _places[next].Sid != 0; next = Next(next))
        {
            if (Distance(Home(_places[next].Key), next) >= Distance(free, next))
            {
                (_places[free], _places[next]) = (_places[next], default);
                free = next;
            }
        }
    }

    void Grow()
    {
        var before = _places;
        _places = new Entry[before.Length * 2];
        foreach (ref readonly var entry in before.AsSpan())
        {
            if (entry.Sid != 0)
            {
                _places[PlaceOf(entry.Key)] = entry;
            }
        }
    }

    /// <summary>Where the key is, or else the free place that would be its own.</summary>
    int PlaceOf(UInt128 key)
    {
        var place = Home(key);
        while (_places[place].Sid != 0 && _places[place].Key != key)
        {
            place = Next(place);
        }

        return place;
    }

    int Home(UInt128 key) => (int)(uint)((ulong)key ^ (ulong)(key >> 64)) & (_places.Length - 1);

    int Next(int place) => (place + 1) & (_places.Length - 1);

    int Distance(int from, int to) => (to - from) & (_places.Length - 1);

    struct Entry
    {
        public UInt128 Key;
        public UInt128 Sid;
    }
}
