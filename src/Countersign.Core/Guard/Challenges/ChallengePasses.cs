namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Destinations whose next start needs no solution of its own: the browser handed it in already, or it asks for the code again that one let through a moment ago. One for each
/// service and destination, each good once. A fixed number, 16,384 unless told otherwise; beyond it the oldest goes, and its start is asked to work after all. Of this process
/// alone. Safe to call from many threads.
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

    /// <summary>Takes the pass of a service and destination; null where there is none, or it has run out (Unix seconds).</summary>
    public ChallengePass? Take(UInt128 key, long now)
    {
        lock (_gate)
        {
            if (!_byKey.Remove(key, out var kept))
            {
                return null;
            }

            _oldestFirst.Remove(kept);
            return kept.Value.Solved.Expires > now ? kept.Value : null;
        }
    }
}

/// <summary>What lets a destination's next start through.</summary>
/// <param name="Solved">The challenge that it comes of, and until when it is good.</param>
/// <param name="IsAgain">The challenge let a start through already, and this is for the one repetition.</param>
public readonly record struct ChallengePass(SolvedChallenge Solved, bool IsAgain);
