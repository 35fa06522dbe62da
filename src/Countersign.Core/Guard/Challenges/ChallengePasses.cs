namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Destinations whose next start needs no solution of its own: the browser handed it in already, or it asks for the code again that one let through a moment ago. One for each
/// service and destination, each good once. A fixed number, 16,384 unless told otherwise; beyond it the oldest goes, and its start is asked to work after all. In memory: what is
/// handed in at one node the others are told of, and that it is good once is for the store to see to. Safe to call from many threads.
/// </summary>
public sealed class ChallengePasses
{
    /// <summary>Passes that are kept when nothing else is said.</summary>
    public const int DefaultCapacity = 1 << 14;

    readonly Lock _gate = new();
    readonly int _capacity;
    readonly Dictionary<UInt128, LinkedListNode<ChallengePass>> _byKey = [];
    readonly LinkedList<ChallengePass> _oldestFirst = new();

    /// <summary>Room for so many.</summary>
    public ChallengePasses(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>Passes that are kept now, those that have run out included.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byKey.Count;
            }
        }
    }

    /// <summary>Keeps a pass in the place of the one that the destination has.</summary>
    public void Put(in ChallengePass pass)
    {
        lock (_gate)
        {
            // In its old place: one solution, handed in over and over, must not push out what others handed in.
            if (_byKey.TryGetValue(pass.Solved.Key, out var kept))
            {
                kept.Value = pass;
                return;
            }

            if (_byKey.Count == _capacity)
            {
                _byKey.Remove(_oldestFirst.First!.Value.Solved.Key);
                _oldestFirst.RemoveFirst();
            }

            _byKey.Add(pass.Solved.Key, _oldestFirst.AddLast(pass));
        }
    }

    /// <summary>Puts back what a start took and did not use, unless the destination was given a better one meanwhile (Unix seconds).</summary>
    public void GiveBack(in ChallengePass pass, long now)
    {
        lock (_gate)
        {
            // A repetition is better than nothing alone.
            if (!_byKey.TryGetValue(pass.Solved.Key, out var kept) || kept.Value.Solved.Expires <= now || (!pass.IsAgain && IsBetter(pass.Solved, kept.Value, now)))
            {
                Put(pass);
            }
        }
    }

    /// <summary>
    /// Whether a solution that is handed in would be kept: not where the destination has it already, or one that was more work, or as much and lasts longer. So however often solutions are handed in, each makes a
    /// difference once. <paramref name="now"/> is in Unix seconds.
    /// </summary>
    public bool Wants(in SolvedChallenge solved, long now)
    {
        lock (_gate)
        {
            return !_byKey.TryGetValue(solved.Key, out var kept) || IsBetter(solved, kept.Value, now);
        }
    }

    /// <summary>Keeps a solution that was handed in, if it is wanted.</summary>
    public void Offer(in SolvedChallenge solved, long now)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(solved.Key, out var kept) || IsBetter(solved, kept.Value, now))
            {
                Put(new ChallengePass(solved, IsAgain: false));
            }
        }
    }

    /// <summary>Forgets a solution that was handed in, and let a start through at another node.</summary>
    public void Drop(in SolvedChallenge solved)
    {
        lock (_gate)
        {
            if (_byKey.TryGetValue(solved.Key, out var kept) && !kept.Value.IsAgain && kept.Value.Solved.Id == solved.Id)
            {
                _byKey.Remove(solved.Key);
                _oldestFirst.Remove(kept);
            }
        }
    }

    /// <summary>Takes the pass of a service and destination; null where there is none, it has run out (Unix seconds), or it does not pay for so much work: then it is kept.</summary>
    public ChallengePass? Take(UInt128 key, int effort, long now)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out var kept) || (!kept.Value.Solved.PaysFor(effort) && kept.Value.Solved.Expires > now))
            {
                return null;
            }

            _byKey.Remove(key);
            _oldestFirst.Remove(kept);
            return kept.Value.Solved.Expires > now ? kept.Value : null;
        }
    }

    // A repetition is worth less than a start, unless it is of the same solution, which is worth no other start. More work pays for whatever less does, so it goes before time.
    static bool IsBetter(in SolvedChallenge solved, in ChallengePass kept, long now) =>
        solved.Id != kept.Solved.Id
        && (kept.IsAgain || kept.Solved.Expires <= now || (solved.Level, solved.Expires, solved.Id).CompareTo((kept.Solved.Level, kept.Solved.Expires, kept.Solved.Id)) > 0);
}

/// <summary>What lets a destination's next start through.</summary>
/// <param name="Solved">The challenge that it comes of, and until when it is good.</param>
/// <param name="IsAgain">The challenge let a start through already, and this is for the one repetition.</param>
public readonly record struct ChallengePass(SolvedChallenge Solved, bool IsAgain);
