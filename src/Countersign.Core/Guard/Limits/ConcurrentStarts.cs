using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Limits;

/// <summary>
/// Refuses a start while too many for the same destination and service are worked on by this process; those of the person at home are counted apart, as by the limits of a destination,
/// or whoever keeps some in flight elsewhere would keep the person out. Holds as many entries as requests are in flight.
/// </summary>
// Note: not told to other nodes. A start is over before they would hear of it; and whatever kept a count of it for longer would refuse the one that rightly comes next.
public sealed class ConcurrentStarts(LimitKeys keys, KnownPlaces places) : IGuardStage
{
    const int Shards = 64;

    // A start takes a millisecond or a few; a second is what a caller can be told in whole ones.
    static readonly TimeSpan RetryIn = TimeSpan.FromSeconds(1);

    readonly Dictionary<UInt128, int>[] _inFlight = [.. Enumerable.Range(0, Shards).Select(static _ => new Dictionary<UInt128, int>())];

    /// <summary>Ahead of whatever takes time.</summary>
    public int Order => 10;

    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
    {
        var max = MaxOf(start);
        if (max == 0)
        {
            return null;
        }

        var own = KeyOf(start);
        if (TryEnter(own, max))
        {
            var entered = 0;
            while (entered < start.OtherKeys.Count && TryEnter(KeyOf(start, start.OtherKeys[entered]), max))
            {
                entered++;
            }

            if (entered == start.OtherKeys.Count)
            {
                start.InFlight = own;
                return null;
            }

            LeaveAll(start, own, entered);
        }

        return new GuardRefusal(GuardRefusalKind.Concurrent, "concurrent_requests", "Other starts for the same destination are being worked on. Send one after the other.") { RetryIn = RetryIn };
    }

    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
        // By the key that it was counted by: meanwhile the place may have become known.
        if (start.InFlight is { } own)
        {
            start.InFlight = null;
            LeaveAll(start, own, start.OtherKeys.Count);
        }
    }

    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
    }

    static int MaxOf(StartFacts start) => start.IsTest ? 0 : start.Service.Guard.Limits.ConcurrentStarts;

    UInt128 KeyOf(StartFacts start)
    {
        var key = KeyOf(start, start.CountedKey);
        return keys.OfPlace(start, start.CountedKey) is { } place && places.Knows(place) ? ~key : key;
    }

    static UInt128 KeyOf(StartFacts start, UInt128 destination) => VerificationStep.KeyOf(start.Service.Sid, destination);

    bool TryEnter(UInt128 key, int max)
    {
        var shard = ShardOf(key);
        lock (shard)
        {
            var count = shard.GetValueOrDefault(key);
            if (count >= max)
            {
                return false;
            }

            shard[key] = count + 1;
            return true;
        }
    }

    void LeaveAll(StartFacts start, UInt128 own, int others)
    {
        Leave(own);
        for (var i = 0; i < others; i++)
        {
            Leave(KeyOf(start, start.OtherKeys[i]));
        }
    }

    void Leave(UInt128 key)
    {
        var shard = ShardOf(key);
        lock (shard)
        {
            var left = shard[key] - 1;
            if (left == 0)
            {
                shard.Remove(key);
            }
            else
            {
                shard[key] = left;
            }
        }
    }

    Dictionary<UInt128, int> ShardOf(UInt128 key) => _inFlight[(int)((ulong)key % Shards)];
}
