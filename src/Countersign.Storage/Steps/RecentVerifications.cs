using System.Diagnostics.CodeAnalysis;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Steps;

/// <summary>
/// What this node last knew of destinations whose verification is pending. It is a guess, never an answer: a step that is decided on it is kept only if the store still has
/// just that, and nothing is said of what is found here without a write that confirms it. It saves the check that follows a start, and the second guess, the read before the write.
/// </summary>
/// <remarks>
/// A ring, in the order in which they were kept, and a table of where in it each destination is; of two destinations that share a place in the table the later has it. What has
/// expired is wiped within a minute, so that no number stays in memory for longer than it is good for, and pieces of the ring without anything go.
/// </remarks>
sealed class RecentVerifications : IDisposable
{
    /// <summary>Verifications at most: a few minutes of starts at a thousand a second, 200 bytes each, more where one cannot be said compactly.</summary>
    const int Capacity = 1 << 18;

    /// <summary>Of them in one piece of the ring.</summary>
    const int PerPiece = 1 << 10;

    /// <summary>Places in the table: four for each verification, so that few share one.</summary>
    const int Places = Capacity * 4;

    static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    readonly TimeProvider _time;
    readonly ITimer _sweep;

    // All of these under the gate. Where a destination is in the ring, plus one; 0 for nowhere.
    readonly int[] _places = new int[Places];
    readonly Piece?[] _ring = new Piece?[Capacity / PerPiece];
    int _next;

    public RecentVerifications(TimeProvider time)
    {
        _time = time;

        // By the machine's own clock: one that is set forward by a year asks for one sweep, not for one for each minute.
        _sweep = TimeProvider.System.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
    }

    /// <summary>What a destination's newest verification was when this node last kept a change of it.</summary>
    public StoredVerification? Find(UInt128 key)
    {
        CompactVerification compact;
        int version;
        object? rest;
        lock (_gate)
        {
            if (!TryFind(key, others: false, out var piece, out var at))
            {
                return null;
            }

            ref var known = ref piece.Known[at];
            (compact, version, rest) = (known.Compact, known.Version, piece.Rest[at]);
        }

        return rest as StoredVerification ?? new StoredVerification(compact.Restore(), version) { Place = rest };
    }

    /// <summary>Remembers what the store has now, or forgets what has ended: nobody asks for that again soon.</summary>
    public void Put(UInt128 key, StoredVerification stored)
    {
        if (stored.Verification.Status != VerificationStatus.Pending)
        {
            Forget(key);
            return;
        }

        var rest = CompactVerification.TryMake(stored.Verification, out var compact) ? stored.Place : stored;
        lock (_gate)
        {
            // Another's in its place could not be found any more, and so need not be there.
            Wipe(key, others: true);
            var piece = _ring[_next / PerPiece] ??= new Piece();
            piece.Set(_next % PerPiece, new Known(key, compact, stored.Version), rest);
            _places[PlaceOf(key)] = _next + 1;
            _next = (_next + 1) % Capacity;
        }
    }

    /// <summary>It was wrong, or may be.</summary>
    public void Forget(UInt128 key)
    {
        lock (_gate)
        {
            Wipe(key, others: false);
        }
    }

    public void Dispose() => _sweep.Dispose();

    /// <summary>Takes out what is known by a key; with <paramref name="others"/> also what is by another key that has its place.</summary>
    void Wipe(UInt128 key, bool others)
    {
        if (TryFind(key, others, out var piece, out var at))
        {
            piece.Clear(at);
            _places[PlaceOf(key)] = 0;
        }
    }

    bool TryFind(UInt128 key, bool others, [NotNullWhen(true)] out Piece? piece, out int at)
    {
        var position = _places[PlaceOf(key)] - 1;
        (piece, at) = position < 0 ? (null, 0) : (_ring[position / PerPiece], position % PerPiece);

        // What was there may have gone, and another's, of another place, have come when the ring went round.
        return piece is not null && piece.Has(at) && (piece.Known[at].Key == key || (others && PlaceOf(piece.Known[at].Key) == PlaceOf(key)));
    }

    /// <summary>Wipes what is over.</summary>
    public void Sweep()
    {
        var now = _time.GetUtcNow().UtcTicks;
        for (var i = 0; i < _ring.Length; i++)
        {
            // A piece at a time, so that nobody waits for all of them.
            lock (_gate)
            {
                if (_ring[i] is { } piece && !piece.DropExpired(now) && _next / PerPiece != i)
                {
                    _ring[i] = null;
                }
            }
        }
    }

    // Keys are values of a keyed hash: any bits of them are as good as random. Not the lowest, which are the shard.
    static int PlaceOf(UInt128 key) => (int)(key >> 64) & (Places - 1);

    readonly record struct Known(UInt128 Key, CompactVerification Compact, int Version);

    /// <summary>Some verifications that were kept one after another.</summary>
    sealed class Piece
    {
        public Known[] Known { get; } = new Known[PerPiece];

        /// <summary>What cannot be said compactly: the store's own word of a verification, or the whole verification.</summary>
        public object?[] Rest { get; } = new object?[PerPiece];

        public bool Has(int at) => Known[at].Version > 0;

        public void Set(int at, Known known, object? rest) => (Known[at], Rest[at]) = (known, rest);

        public void Clear(int at) => Set(at, default, null);

        /// <summary>Wipes what is over; false when nothing is left.</summary>
        public bool DropExpired(long now)
        {
            var any = false;
            for (var i = 0; i < PerPiece; i++)
            {
                if (!Has(i))
                {
                    continue;
                }

                var expires = Rest[i] is StoredVerification whole ? whole.Verification.ExpiresAt.UtcTicks : Known[i].Compact.ExpiresAt;
                if (expires <= now)
                {
                    Clear(i);
                }

                any |= Has(i);
            }

            return any;
        }
    }
}
