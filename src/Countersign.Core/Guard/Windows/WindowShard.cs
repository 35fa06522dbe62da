namespace Countersign.Core.Guard.Windows;

/// <summary>
/// A part of all windows behind one lock: a fixed number of places, the one that was asked for least recently going first. Grows to that number as they are needed,
/// and hands places on. Two kinds of windows stand in two rows: where all places are taken, the kind that has more than half of them gives one up.
/// </summary>
sealed class WindowShard(int capacity)
{
    const int None = -1;

    // So many of those that were asked for least recently are looked at for one that has run out, before one is given up that still counts.
    const int Candidates = 8;

    // Places lie in chunks that stay where they are, and chains of them under each hash: growing copies four bytes for a place, and nothing is large enough to be collected rarely.
    const int ChunkBits = 7;
    const int ChunkMask = (1 << ChunkBits) - 1;

    // Whoever comes further behind what was counted last has a clock that was set back; up to this much is the way from the clock to the lock.
    const long SetBack = TimeSpan.TicksPerSecond;

    readonly List<Place[]> _chunks = [];
    int[] _heads = [None, None, None, None];
    int _count;
    int _used;
    int _free = None;
    long _latest;

    // Of the windows of made up values, and of all others.
    Row _madeUp = new(), _others = new();

    /// <summary>Held by whoever calls anything else.</summary>
    public Lock Gate { get; } = new();

    public int Count => _count;

    /// <summary>
    /// The moment to judge and count at by a caller's clock. Callers come here in another order than they looked at it, and what was counted is given back by its moment: so it
    /// does not run back behind what was counted last, unless the clock was set back.
    /// </summary>
    public long MomentOf(long now) => _latest - now is > 0 and <= SetBack ? _latest : now;

    /// <summary>How long to wait until one more event is allowed; zero or less for now.</summary>
    public long Wait(in WindowRule rule, long now)
    {
        if (Find(rule.Key) is not (not None and var at))
        {
            return 0;
        }

        // Who is refused over and over is not forgotten for it.
        Unlink(at);
        LinkNewest(at);
        return At(at).Log.Wait(rule, now);
    }

    /// <summary>Counts one event.</summary>
    public void Add(in WindowRule rule, long now)
    {
        _latest = now;
        At(PlaceOf(rule, now)).Log.Add(rule, now);
    }

    /// <summary>Counts an event of another node.</summary>
    public void Heard(in WindowRule rule, long takenAt, long now)
    {
        if (now - takenAt < rule.Interval.Ticks)
        {
            At(PlaceOf(rule, now)).Log.Insert(rule, takenAt, now);
        }
    }

    public void Remove(in WindowRule rule, long takenAt)
    {
        if (Find(rule.Key) is not None and var at)
        {
            ref var place = ref At(at);
            place.Log.Remove(rule, takenAt);
            if (place.Log.IsEmpty)
            {
                Release(at);
            }
        }
    }

    public bool Forget(UInt128 key)
    {
        if (Find(key) is not None and var at)
        {
            Release(at);
            return true;
        }

        return false;
    }

    /// <summary>The keys of the windows of a kind that still count, those that were asked for last first; how many they are. Looks at no more windows than there is room for keys.</summary>
    public int Newest(Span<UInt128> keys, long now, bool areMadeUp)
    {
        var (place, count) = (RowOf(areMadeUp).Newest, 0);
        for (var looks = keys.Length; place != None && looks > 0; place = At(place).Older, looks--)
        {
            ref var window = ref At(place);
            if (!window.Log.HasRunOut(now))
            {
                keys[count++] = window.Key;
            }
        }

        return count;
    }

    /// <summary>Writes a window; false where there is none of that key, or none any more.</summary>
    public bool Save(UInt128 key, BinaryWriter to)
    {
        if (Find(key) is not None and var at)
        {
            to.Write((ulong)(key >> 64));
            to.Write((ulong)key);
            At(at).Log.Save(to);
            return true;
        }

        return false;
    }

    /// <summary>Takes a window that <see cref="Save"/> wrote as the one that was asked for least recently; nothing where it has run out, or there is no room or one of its key.</summary>
    public void Restore(UInt128 key, WindowLog log, long now, bool isMadeUp)
    {
        if (_count < capacity && !log.HasRunOut(now) && Find(key) == None)
        {
            var at = Occupy(key, now, isMadeUp);
            At(at).Log = log;
            LinkOldest(at);
        }
    }

    int PlaceOf(in WindowRule rule, long now)
    {
        if (Find(rule.Key) is not None and var known)
        {
            return known;
        }

        var at = Occupy(rule.Key, now, rule.IsMadeUp);
        LinkNewest(at);
        return at;
    }

    /// <summary>A place that is the key's from now on, not linked yet.</summary>
    int Occupy(UInt128 key, long now, bool isMadeUp)
    {
        var at = NewPlace(now, isMadeUp);
        if (_count == _heads.Length)
        {
            Rehash(_heads.Length * 2);
        }

        _count++;
        At(at).Key = key;
        At(at).IsMadeUp = isMadeUp;
        Chain(at);
        return at;
    }

    int NewPlace(long now, bool isMadeUp)
    {
        if (_free == None && _used == capacity)
        {
            var madeUp = 2L * _madeUp.Count;
            var isOfMadeUp = madeUp > capacity || (madeUp == capacity && isMadeUp);
            ref var row = ref RowOf(isOfMadeUp);

            // One that has run out is nobody's, whichever row it stands in.
            var over = RunOutIn(row, now);
            over = over == None ? RunOutIn(RowOf(!isOfMadeUp), now) : over;
            Release(over == None ? row.Oldest : over);
        }

        if (_free != None)
        {
            var place = _free;
            _free = At(place).Older;
            return place;
        }

        if (_used >> ChunkBits == _chunks.Count)
        {
            _chunks.Add(new Place[1 << ChunkBits]);
        }

        return _used++;
    }

    /// <summary>One that has run out, of those of a row that were asked for least recently; none where each of these still counts.</summary>
    int RunOutIn(in Row row, long now)
    {
        var place = row.Oldest;
        for (var i = 0; i < Candidates && place != None; i++, place = At(place).Newer)
        {
            if (At(place).Log.HasRunOut(now))
            {
                return place;
            }
        }

        return None;
    }

    void Release(int place)
    {
        Unchain(place);
        Unlink(place);
        At(place) = new Place { Older = _free };
        _free = place;
        _count--;
    }

    ref Place At(int place) => ref _chunks[place >> ChunkBits][place & ChunkMask];

    // The key's other half chooses the shard.
    ref int HeadOf(UInt128 key) => ref _heads[(int)((ulong)key & (uint)(_heads.Length - 1))];

    int Find(UInt128 key)
    {
        var at = HeadOf(key);
        while (at != None && At(at).Key != key)
        {
            at = At(at).Next;
        }

        return at;
    }

    void Chain(int place)
    {
        ref var head = ref HeadOf(At(place).Key);
        At(place).Next = head;
        head = place;
    }

    void Unchain(int place)
    {
        ref var link = ref HeadOf(At(place).Key);
        while (link != place)
        {
            link = ref At(link).Next;
        }

        link = At(place).Next;
    }

    void Rehash(int length)
    {
        _heads = new int[length];
        Array.Fill(_heads, None);
        foreach (var row in (ReadOnlySpan<Row>)[_madeUp, _others])
        {
            for (var at = row.Newest; at != None; at = At(at).Older)
            {
                Chain(at);
            }
        }
    }

    ref Row RowOf(bool isMadeUp) => ref isMadeUp ? ref _madeUp : ref _others;

    ref Row RowOf(int place) => ref RowOf(At(place).IsMadeUp);

    void Unlink(int place)
    {
        ref var row = ref RowOf(place);
        var (newer, older) = (At(place).Newer, At(place).Older);
        (newer == None ? ref row.Newest : ref At(newer).Older) = older;
        (older == None ? ref row.Oldest : ref At(older).Newer) = newer;
        row.Count--;
    }

    void LinkNewest(int place)
    {
        ref var row = ref RowOf(place);
        (At(place).Newer, At(place).Older) = (None, row.Newest);
        (row.Newest == None ? ref row.Oldest : ref At(row.Newest).Newer) = place;
        row.Newest = place;
        row.Count++;
    }

    void LinkOldest(int place)
    {
        ref var row = ref RowOf(place);
        (At(place).Newer, At(place).Older) = (row.Oldest, None);
        (row.Oldest == None ? ref row.Newest : ref At(row.Oldest).Older) = place;
        row.Oldest = place;
        row.Count++;
    }

    struct Place
    {
        public UInt128 Key;
        public WindowLog Log;
        public int Newer;
        public int Older;
        public int Next;
        public bool IsMadeUp;
    }

    /// <summary>The windows of a kind, by when they were asked for.</summary>
    struct Row()
    {
        public int Newest = None;
        public int Oldest = None;
        public int Count;
    }
}
