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
            Volatile.Write(ref CounterOf(item, carrier).SentAt, Math.Max(1, time.GetTimestamp()));
        }
    }

    /// <summary>Counts a message for the carrier that it was tried by last; null where it was by none.</summary>
    public Entry? Enter(OutboxItem item, List<SendTry> tries)
    {
        if (tries.Count == 0)
        {
            return null;
        }

        var counter = CounterOf(item, tries[^1].Carrier);
        Interlocked.Increment(ref counter.Count);
        return new Entry(this, counter, tries[^1].Carrier);
    }

    Counter CounterOf(OutboxItem item, string carrier) => _counters.GetOrAdd(new CarrierKey(item.Verification.AccountSid, carrier), static _ => new Counter());

    bool IsAnotherSending(Counter than)
    {
        foreach (var (_, counter) in _counters)
        {
            if (!ReferenceEquals(counter, than) && Volatile.Read(ref counter.SentAt) is not 0 and var at && time.GetElapsedTime(at) < Lately)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A message that waits.</summary>
    /// <param name="waiting">Where.</param>
    /// <param name="counter">Of its carrier.</param>
    /// <param name="carrier">The carrier's name.</param>
    public sealed class Entry(WaitingByCarrier waiting, Counter counter, string carrier)
    {
        public string Carrier => carrier;

        /// <summary>More wait for this carrier than may, or as many for all carriers as there is room for, while messages go out by another.</summary>
        /// <param name="isFull">There is no room for one more that waits.</param>
        public bool IsCrowd(bool isFull) => (isFull || Volatile.Read(ref counter.Count) > waiting._share) && waiting.IsAnotherSending(counter);

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
