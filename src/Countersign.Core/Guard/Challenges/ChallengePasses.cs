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
    readonly Dictionary<UInt128, int> _places = [];
    readonly Place[] _ring;
    int _next;

    /// <summary>Room for so many.</summary>
    public ChallengePasses(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _ring = new Place[capacity];
    }

    /// <summary>Passes that are kept now, those that have run out included.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>Keeps a pass in the place of the one that the destination has.</summary>
    public void Put(in ChallengePass pass)
    {
        lock (_gate)
        {
            ref var place = ref _ring[_next];

            // What lies here is the oldest, unless its destination took it or got another since.
            if (place.IsTaken && _places.TryGetValue(place.Pass.Solved.Key, out var at) && at == _next)
            {
                _places.Remove(place.Pass.Solved.Key);
            }

            place = new Place(pass, IsTaken: true);
            _places[pass.Solved.Key] = _next;
            _next = (_next + 1) % _ring.Length;
        }
    }

    /// <summary>Takes the pass of a service and destination; null where there is none, or it has run out (Unix seconds).</summary>
    public ChallengePass? Take(UInt128 key, long now)
    {
        lock (_gate)
        {
            if (!_places.Remove(key, out var at))
            {
                return null;
            }

            var pass = _ring[at].Pass;
            _ring[at] = default;
            return pass.Solved.Expires > now ? pass : null;
        }
    }

    readonly record struct Place(ChallengePass Pass, bool IsTaken);
}

/// <summary>What lets a destination's next start through.</summary>
/// <param name="Solved">The challenge that it comes of, and until when it is good.</param>
/// <param name="IsAgain">The challenge let a start through already, and this is for the one repetition.</param>
public readonly record struct ChallengePass(SolvedChallenge Solved, bool IsAgain);
