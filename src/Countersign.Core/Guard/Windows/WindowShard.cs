namespace Countersign.Core.Guard.Windows;

/// <summary>
/// A part of all windows behind one lock: a fixed number of places, the one that was asked for least recently going first. Grows to that number as they are needed,
/// and hands places on without garbage.
/// </summary>
sealed class WindowShard(int capacity)
{
    const int None = -1;

    // So many of those that were asked for least recently are looked at for one that has run out, before one is given up that still counts.
    const int Candidates = 8;

    readonly Dictionary<UInt128, int> _places = [];
    Place[] _all = new Place[Math.Min(capacity, 4)];
    int _used;
    int _free = None;
    int _newest = None;
    int _oldest = None;

    /// <summary>Held by whoever calls anything else.</summary>
    public Lock Gate { get; } = new();

    public int Count => _places.Count;

    /// <summary>How long to wait until one more event is allowed; zero or less for now.</summary>
    public long Wait(in WindowRule rule, long now)
    {
        if (!_places.TryGetValue(rule.Key, out var at))
        {
            return 0;
        }

        // Who is refused over and over is not forgotten for it.
        Unlink(at);
        LinkNewest(at);
        return _all[at].Log.Wait(rule, now);
    }

    public void Add(in WindowRule rule, long now)
    {
        var at = PlaceOf(rule.Key, now);
        _all[at].Log.Add(rule, now);
    }

    /// <summary>Counts an event of another node.</summary>
    public void Heard(in WindowRule rule, long takenAt, long now)
    {
        if (now - takenAt < rule.Interval.Ticks)
        {
            var at = PlaceOf(rule.Key, now);
            _all[at].Log.Insert(rule, takenAt, now);
        }
    }

    public void Remove(in WindowRule rule, long takenAt)
    {
        if (_places.TryGetValue(rule.Key, out var at))
        {
            _all[at].Log.Remove(rule, takenAt);
            if (_all[at].Log.IsEmpty)
            {
                Release(at);
            }
        }
    }

    public void Forget(UInt128 key)
    {
        if (_places.TryGetValue(key, out var at))
        {
            Release(at);
        }
    }

    int PlaceOf(UInt128 key, long now)
    {
        if (!_places.TryGetValue(key, out var at))
        {
            at = NewPlace(now);
            _places.Add(key, at);
            _all[at].Key = key;
            LinkNewest(at);
        }

        return at;
    }

    int NewPlace(long now)
    {
        if (_free == None && _used == capacity)
        {
            Release(Stalest(now));
        }

        if (_free != None)
        {
            var place = _free;
            _free = _all[place].Older;
            return place;
        }

        if (_used == _all.Length)
        {
            Array.Resize(ref _all, Math.Min(capacity, _used * 2));
        }

        return _used++;
    }

    int Stalest(long now)
    {
        var place = _oldest;
        for (var i = 0; i < Candidates && place != None; i++, place = _all[place].Newer)
        {
            if (_all[place].Log.HasRunOut(now))
            {
                return place;
            }
        }

        return _oldest;
    }

    void Release(int place)
    {
        _places.Remove(_all[place].Key);
        Unlink(place);
        _all[place] = new Place { Older = _free };
        _free = place;
    }

    void Unlink(int place)
    {
        var (newer, older) = (_all[place].Newer, _all[place].Older);
        (newer == None ? ref _newest : ref _all[newer].Older) = older;
        (older == None ? ref _oldest : ref _all[older].Newer) = newer;
    }

    void LinkNewest(int place)
    {
        (_all[place].Newer, _all[place].Older) = (None, _newest);
        (_newest == None ? ref _oldest : ref _all[_newest].Newer) = place;
        _newest = place;
    }

    struct Place
    {
        public UInt128 Key;
        public WindowLog Log;
        public int Newer;
        public int Older;
    }
}
