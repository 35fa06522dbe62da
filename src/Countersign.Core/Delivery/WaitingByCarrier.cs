using System.Collections.Concurrent;
using Countersign.Core.Routing;

namespace Countersign.Core.Delivery;

/// <summary>
/// How many messages wait for another round because of each carrier. All that wait share one room, and where a carrier that does not work filled it, the messages of those that do would stand still:
/// so it has only a share of it. While no other carrier takes anything nobody is held up, and they wait as they can.
/// </summary>
/// <param name="share">Messages that one carrier may have waiting while others send.</param>
/// <param name="time">By whose timestamps.</param>
sealed class WaitingByCarrier(int share, TimeProvider time)
{
    /// <summary>For so long after a message was taken somebody is held up.</summary>
    static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<CarrierKey, Counter> _counters = new();
    readonly int _share = share;

    /// <summary>A carrier has taken a message. What the sandbox takes, test numbers' messages among it, says nothing of carriers.</summary>
    public void Sent(OutboxItem item, string? carrier)
    {
        if (carrier is not null and not CarrierDirectory.SandboxName)
        {
            Volatile.Write(ref CounterOf(new CarrierKey(item.Verification.AccountSid, carrier)).SentAt, Math.Max(1, time.GetTimestamp()));
        }
    }

    /// <summary>Counts a message for the carrier that it was tried by last; null where it was by none.</summary>
    public Entry? Enter(OutboxItem item, List<SendTry> tries)
    {
        if (tries.Count == 0)
        {
            return null;
        }

        var key = new CarrierKey(item.Verification.AccountSid, tries[^1].Carrier);
        var counter = CounterOf(key);
        Interlocked.Increment(ref counter.Count);
        return new Entry(this, counter, key);
    }

    Counter CounterOf(CarrierKey key) => _counters.GetOrAdd(key, static _ => new Counter());

    /// <summary>Whether messages go out by another carrier than this one.</summary>
    public bool IsAnotherSending(CarrierKey than)
    {
        foreach (var (key, counter) in _counters)
        {
            if (key != than && IsSending(counter))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether messages of another account than this one go out.</summary>
    public bool IsAnotherSending(Sid than)
    {
        foreach (var (key, counter) in _counters)
        {
            if (key.Account != than && IsSending(counter))
            {
                return true;
            }
        }

        return false;
    }

    bool IsSending(Counter counter) => Volatile.Read(ref counter.SentAt) is not 0 and var at && time.GetElapsedTime(at) < Lately;

    /// <summary>A message that waits.</summary>
    /// <param name="waiting">Where.</param>
    /// <param name="counter">Of its carrier.</param>
    /// <param name="key">The carrier.</param>
    public sealed class Entry(WaitingByCarrier waiting, Counter counter, CarrierKey key)
    {
        public string Carrier => key.Name;

        /// <summary>More wait for this carrier than may, or as many for all carriers as there is room for, while messages go out by another.</summary>
        /// <param name="isFull">There is no room for one more that waits.</param>
        public bool IsCrowd(bool isFull) => (isFull || Volatile.Read(ref counter.Count) > waiting._share) && waiting.IsAnotherSending(key);

        public void Leave() => Interlocked.Decrement(ref counter.Count);
    }

    /// <summary>Kept for each carrier that was ever waited for or sent by: they are few.</summary>
    public sealed class Counter
    {
        public int Count;

        /// <summary>When it took the last message; 0 for never.</summary>
        public long SentAt;
    }
}
