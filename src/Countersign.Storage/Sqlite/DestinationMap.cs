using Countersign.Core.Verifications;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// The newest verification of each destination, in memory: this process owns the file, and an index on disk over random keys would touch a page per
/// start. Kept in generations, so that what is long over is forgotten by dropping the oldest one, never by a sweep. Destinations that are being guessed at are kept apart, so that
/// other traffic does not make their wrong guesses forgotten; and those with five or more in a row from the others, which people's typing errors are among. Only the writer's thread uses it.
/// </summary>
sealed class DestinationMap(int generationSize, int remembered)
{
    // Some 100 bytes each, once there are so many.
    const int MaxGuessedAt = 262_144, MaxGuessedOften = 65_536;
    const int Often = VerificationLimits.MaxChecks;

    readonly List<Generation> _generations = [new()];
    readonly GuessedDestinations _guessedAt = new(MaxGuessedAt);
    readonly GuessedDestinations _guessedOften = new(MaxGuessedOften);

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

        return _guessedOften.TryFind(key, out sid) || _guessedAt.TryFind(key, out sid);
    }

    /// <summary>Notes a start or a resend; returns what it changed, for <see cref="Undo"/>.</summary>
    /// <param name="key">The destination.</param>
    /// <param name="sid">Its newest verification.</param>
    /// <param name="expiresAt">Until when that is kept at least.</param>
    /// <param name="now">The moment.</param>
    /// <param name="wrongGuesses">In a row; 0 for one that is kept no longer than others.</param>
    public Change Set(UInt128 key, UInt128 sid, DateTimeOffset expiresAt, DateTimeOffset now, int wrongGuesses = 0)
    {
        var guessed = Guessed(key);
        SetGuessedAt(key, sid, wrongGuesses);

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

        return new Change(newest.Entries, key, newest.Entries.Set(key, sid), guessed);
    }

    /// <summary>Notes that the newest verification of a destination was guessed at, or proved itself; returns what it changed, for <see cref="Undo"/>.</summary>
    public Change SetGuesses(UInt128 key, UInt128 sid, int wrongGuesses)
    {
        var guessed = Guessed(key);
        SetGuessedAt(key, sid, wrongGuesses);
        return new Change(null, key, 0, guessed);
    }

    /// <summary>Takes a <see cref="Set"/> of a batch back that was rolled back; in the reverse order of the sets.</summary>
    public void Undo(Change change)
    {
        _guessedAt.Set(change.Key, change.Guessed.At);
        _guessedOften.Set(change.Key, change.Guessed.Often);
        if (change.Entries is null)
        {
            return;
        }

        if (change.Before != 0)
        {
            change.Entries.Set(change.Key, change.Before);
        }
        else
        {
            change.Entries.Remove(change.Key);
        }
    }

    (UInt128? At, UInt128? Often) Guessed(UInt128 key) =>
        (_guessedAt.TryFind(key, out var at) ? at : null, _guessedOften.TryFind(key, out var often) ? often : null);

    void SetGuessedAt(UInt128 key, UInt128 sid, int wrongGuesses)
    {
        _guessedAt.Set(key, wrongGuesses is > 0 and < Often ? sid : null);
        _guessedOften.Set(key, wrongGuesses >= Often ? sid : null);
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
    /// <param name="Entries">The generation; null where none was changed.</param>
    /// <param name="Key">The destination.</param>
    /// <param name="Before">The SID there was.</param>
    /// <param name="Guessed">The SIDs there were among those that are guessed at.</param>
    public readonly record struct Change(DestinationTable? Entries, UInt128 Key, UInt128 Before, (UInt128? At, UInt128? Often) Guessed);

    sealed class Generation
    {
        public DestinationTable Entries { get; } = new();

        public DateTimeOffset LastExpiry { get; set; } = DateTimeOffset.MinValue;
    }
}
