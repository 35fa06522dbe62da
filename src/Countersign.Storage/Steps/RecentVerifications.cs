using Countersign.Core.Verifications;

namespace Countersign.Storage.Steps;

/// <summary>
/// What this node last knew of destinations whose verification is pending. It is a guess, never an answer: a step that is decided on it is kept only if the store still has
/// just that, and nothing is said of what is found here without a write that confirms it. It saves the check that follows a start, and the second guess, the read before the write.
/// </summary>
/// <remarks>
/// A table without chains: of two destinations that share a place the later has it. What has expired is dropped within a minute, so that no number stays in memory for longer than
/// it is good for.
/// </remarks>
sealed class RecentVerifications : IDisposable
{
    /// <summary>Places: a few minutes of starts at a thousand a second. A verification takes about 700 bytes while it has one.</summary>
    const int Places = 1 << 18;

    static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    readonly Known?[] _places = new Known?[Places];
    readonly TimeProvider _time;
    readonly ITimer _sweep;

    public RecentVerifications(TimeProvider time)
    {
        _time = time;

        // By the machine's own clock: one that is set forward by a year asks for one sweep, not for one for each minute.
        _sweep = TimeProvider.System.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
    }

    /// <summary>What a destination's newest verification was when this node last kept a change of it.</summary>
    public StoredVerification? Find(UInt128 key) => Volatile.Read(ref PlaceOf(key)) is { } known && known.Key == key ? known.Stored : null;

    /// <summary>Remembers what the store has now, or forgets what has ended: nobody asks for that again soon.</summary>
    public void Put(UInt128 key, StoredVerification stored)
    {
        if (stored.Verification.Status == VerificationStatus.Pending)
        {
            Volatile.Write(ref PlaceOf(key), new Known(key, stored));
        }
        else
        {
            Forget(key);
        }
    }

    /// <summary>It was wrong, or may be.</summary>
    public void Forget(UInt128 key)
    {
        ref var place = ref PlaceOf(key);
        if (Volatile.Read(ref place) is { } known && known.Key == key)
        {
            Interlocked.CompareExchange(ref place, null, known);
        }
    }

    public void Dispose() => _sweep.Dispose();

    void Sweep()
    {
        var now = _time.GetUtcNow();
        for (var i = 0; i < _places.Length; i++)
        {
            if (Volatile.Read(ref _places[i]) is { } known && known.Stored.Verification.ExpiresAt <= now)
            {
                Interlocked.CompareExchange(ref _places[i], null, known);
            }
        }
    }

    // Keys are values of a keyed hash: any bits of them are as good as random. Not the lowest, which are the shard.
    ref Known? PlaceOf(UInt128 key) => ref _places[(int)(key >> 64) & (Places - 1)];

    sealed record Known(UInt128 Key, StoredVerification Stored);
}
