namespace Countersign.Storage.Sqlite;

/// <summary>
/// The newest verification of each destination, in memory: this process owns the file, and an index on disk over random keys would touch a page per
/// start. Kept in generations, so that what is long over is forgotten by dropping the oldest one, never by a sweep. Destinations that are being guessed at are kept apart, the
/// latest <see cref="MaxGuessedAt"/>, so that other traffic does not make their wrong guesses forgotten. Only the writer's thread uses it.
/// </summary>
sealed class DestinationMap(int generationSize, int remembered)
{
    /// <summary>Destinations with wrong guesses in a row that are kept for longer.</summary>
    const int MaxGuessedAt = 65_536;

    readonly List<Generation> _generations = [new()];
    readonly Dictionary<UInt128, (UInt128 Sid, long Number)> _guessedAt = [];
    readonly Queue<(UInt128 Key, long Number)> _guessedAtInOrder = new();
    long _lastNumber;

    /// <summary>Entries in all generations, an entry that moved to a newer one counted twice.</summary>
    public int Count => _generations.Sum(generation => generation.Entries.Count);

    /// <summary>Asks memory for where a key is looked for soon.</summary>
    public void Expect(UInt128 key)
    {
        foreach (var generation in _generations)
        {
            generation.Entries.Expect(key);
        }
    }

    public bool TryFind(UInt128 key, out UInt128 sid)
    {
        for (var i = _generations.Count - 1; i >= 0; i--)
        {
            if (_generations[i].Entries.TryFind(key, out sid))
            {
                return true;
            }
        }

        var isGuessedAt = _guessedAt.TryGetValue(key, out var entry);
        sid = entry.Sid;
        return isGuessedAt;
    }

    /// <summary>Notes a start or a resend; returns what it changed, for <see cref="Undo"/>.</summary>
    public Change Set(UInt128 key, UInt128 sid, DateTimeOffset expiresAt, DateTimeOffset now, bool isGuessedAt = false)
    {
        UInt128? guessedAtBefore = _guessedAt.TryGetValue(key, out var kept) ? kept.Sid : null;
        SetGuessedAt(key, isGuessedAt ? sid : null);

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

        return new Change(newest.Entries, key, newest.Entries.Set(key, sid), guessedAtBefore);
    }

    /// <summary>Takes a <see cref="Set"/> of a batch back that was rolled back; in the reverse order of the sets.</summary>
    public void Undo(Change change)
    {
        SetGuessedAt(change.Key, change.GuessedAtBefore);
        if (change.Before != 0)
        {
            change.Entries.Set(change.Key, change.Before);
        }
        else
        {
            change.Entries.Remove(change.Key);
        }
    }

    void SetGuessedAt(UInt128 key, UInt128? sid)
    {
        if (sid is not { } value)
        {
            _guessedAt.Remove(key);
            return;
        }

        if (_guessedAt.TryGetValue(key, out var before))
        {
            _guessedAt[key] = (value, before.Number);
            return;
        }

        _guessedAt[key] = (value, ++_lastNumber);
        _guessedAtInOrder.Enqueue((key, _lastNumber));
        while (_guessedAtInOrder.Count > MaxGuessedAt)
        {
            var (oldest, number) = _guessedAtInOrder.Dequeue();
            if (_guessedAt.TryGetValue(oldest, out var entry) && entry.Number == number)
            {
                _guessedAt.Remove(oldest);
            }
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

    /// <summary>One entry of one generation, and what it was before: 0 where there was none.</summary>
    public readonly record struct Change(DestinationTable Entries, UInt128 Key, UInt128 Before, UInt128? GuessedAtBefore);

    sealed class Generation
    {
        public DestinationTable Entries { get; } = new();

        public DateTimeOffset LastExpiry { get; set; } = DateTimeOffset.MinValue;
    }
}
