namespace Countersign.Storage.Sqlite;

/// <summary>
/// Newest verifications of destinations that are being guessed at: the <paramref name="capacity"/> that were guessed at or started last. Only the writer's thread uses it.
/// </summary>
sealed class GuessedDestinations(int capacity)
{
    readonly Dictionary<UInt128, (UInt128 Sid, long Number)> _entries = [];
    Queue<(UInt128 Key, long Number)> _inOrder = new();
    long _lastNumber;

    public int Count => _entries.Count;

    public bool TryFind(UInt128 key, out UInt128 sid)
    {
        var found = _entries.TryGetValue(key, out var entry);
        sid = entry.Sid;
        return found;
    }

    /// <summary>Notes it as the latest, or takes it out where there is no SID.</summary>
    public void Set(UInt128 key, UInt128? sid)
    {
        if (sid is not { } value)
        {
            _entries.Remove(key);
            return;
        }

        _entries[key] = (value, ++_lastNumber);
        _inOrder.Enqueue((key, _lastNumber));
        while (_entries.Count > capacity)
        {
            var oldest = _inOrder.Dequeue();
            if (IsCurrent(oldest))
            {
                _entries.Remove(oldest.Key);
            }
        }

        // What was taken out or noted again since leaves its place in the order behind.
        if (_inOrder.Count > 2 * capacity)
        {
            _inOrder = new Queue<(UInt128, long)>(_inOrder.Where(IsCurrent));
        }
    }

    bool IsCurrent((UInt128 Key, long Number) place) => _entries.TryGetValue(place.Key, out var entry) && entry.Number == place.Number;
}
