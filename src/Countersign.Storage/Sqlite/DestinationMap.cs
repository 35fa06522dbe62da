namespace Countersign.Storage.Sqlite;

/// <summary>
/// The newest verification of each destination, in memory: this process owns the file, and an index on disk over random keys would touch a page per
/// start. Kept in generations, so that what is long over is forgotten by dropping the oldest one, never by a sweep. Only the writer's thread uses it.
/// </summary>
sealed class DestinationMap(int generationSize, int remembered)
{
    readonly List<Generation> _generations = [new()];

    /// <summary>Entries in all generations, an entry that moved to a newer one counted twice.</summary>
    public int Count => _generations.Sum(generation => generation.Entries.Count);

    public bool TryFind(UInt128 key, out UInt128 sid)
    {
        for (var i = _generations.Count - 1; i >= 0; i--)
        {
            if (_generations[i].Entries.TryGetValue(key, out sid))
            {
                return true;
            }
        }

        sid = default;
        return false;
    }

    /// <summary>Notes a start or a resend; returns what it changed, for <see cref="Undo"/>.</summary>
    public Change Set(UInt128 key, UInt128 sid, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        if (_generations[^1].Entries.Count >= generationSize)
        {
            _generations.Add(new Generation());
            DropEnded(now);
        }

        var newest = _generations[^1];
        if (expiresAt > newest.LastExpiry)
        {
            newest.LastExpiry = expiresAt;
        }

        UInt128? before = newest.Entries.TryGetValue(key, out var old) ? old : null;
        newest.Entries[key] = sid;
        return new Change(newest.Entries, key, before);
    }

    /// <summary>Takes a <see cref="Set"/> of a batch back that was rolled back; in the reverse order of the sets.</summary>
    public static void Undo(Change change)
    {
        if (change.Before is { } old)
        {
            change.Entries[change.Key] = old;
        }
        else
        {
            change.Entries.Remove(change.Key);
        }
    }

    void DropEnded(DateTimeOffset now)
    {
        // Ended verifications are remembered only to say why a check finds nothing; live ones are never dropped.
        while (_generations.Count > 2 && Count - _generations[0].Entries.Count >= remembered && _generations[0].LastExpiry < now)
        {
            _generations.RemoveAt(0);
        }
    }

    /// <summary>One entry of one generation, and what it was before.</summary>
    public readonly record struct Change(Dictionary<UInt128, UInt128> Entries, UInt128 Key, UInt128? Before);

    sealed class Generation
    {
        public Dictionary<UInt128, UInt128> Entries { get; } = [];

        public DateTimeOffset LastExpiry { get; set; } = DateTimeOffset.MinValue;
    }
}
