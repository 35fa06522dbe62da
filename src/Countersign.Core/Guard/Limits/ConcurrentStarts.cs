using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Limits;

/// <summary>Refuses a start while too many for the same destination and service are worked on by this process. Holds as many entries as requests are in flight.</summary>
// Note: not told to other nodes. A start is over before they would hear of it; and whatever kept a count of it for longer would refuse the one that rightly comes next.
public sealed class ConcurrentStarts : IGuardStage
{
    const int Shards = 64;

    // A start takes a millisecond or a few; a second is what a caller can be told in whole ones.
    static readonly TimeSpan RetryIn = TimeSpan.FromSeconds(1);

    readonly Dictionary<UInt128, int>[] _inFlight = new Dictionary<UInt128, int>[Shards];

    /// <summary>Nothing is in flight.</summary>
    public ConcurrentStarts()
    {
        for (var i = 0; i < Shards; i++)
        {
            _inFlight[i] = [];
        }
    }

    /// <summary>Ahead of whatever takes time.</summary>
    public int Order => 10;

    public GuardRefusal? Judge(StartFacts start, DateTimeOffset now)
    {
        var max = MaxOf(start);
        if (max == 0)
        {
            return null;
        }

        if (TryEnter(start, start.DestinationKey, max))
        {
            var entered = 0;
            while (entered < start.OtherKeys.Count && TryEnter(start, start.OtherKeys[entered], max))
            {
                entered++;
            }

            if (entered == start.OtherKeys.Count)
            {
                return null;
            }

            LeaveAll(start, entered);
        }

        return new GuardRefusal(GuardRefusalKind.Concurrent, "concurrent_requests", "Other starts for the same destination are being worked on. Send one after the other.") { RetryIn = RetryIn };
    }

    public void Settle(StartFacts start, bool sent, DateTimeOffset now)
    {
        if (MaxOf(start) > 0)
        {
            LeaveAll(start, start.OtherKeys.Count);
        }
    }

    public void Approved(Verification verification, UInt128 destination, DateTimeOffset now)
    {
    }

    static int MaxOf(StartFacts start) => start.IsTest ? 0 : start.Service.Guard.Limits.ConcurrentStarts;

    bool TryEnter(StartFacts start, UInt128 destination, int max)
    {
        var key = VerificationStep.KeyOf(start.Service.Sid, destination);
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

    void LeaveAll(StartFacts start, int others)
    {
        Leave(start, start.DestinationKey);
        for (var i = 0; i < others; i++)
        {
            Leave(start, start.OtherKeys[i]);
        }
    }

    void Leave(StartFacts start, UInt128 destination)
    {
        var key = VerificationStep.KeyOf(start.Service.Sid, destination);
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
