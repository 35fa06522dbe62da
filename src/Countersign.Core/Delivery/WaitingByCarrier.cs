using System.Collections.Concurrent;
using Countersign.Core.Routing;

namespace Countersign.Core.Delivery;

/// <summary>
/// How many messages wait for another round because of each carrier. All that wait share one room, and where a carrier that does not work filled it, the messages of those that do would stand still:
/// so it has only a share of it. While no carrier takes anything nobody is held up, and they wait as they can.
/// </summary>
/// <param name="share">Messages that one carrier may have waiting while others send.</param>
/// <param name="time">By whose timestamps.</param>
sealed class WaitingByCarrier(int share, TimeProvider time)
{
    /// <summary>For so long after a message was taken somebody is held up.</summary>
    static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);

    readonly ConcurrentDictionary<CarrierKey, Counter> _counters = new();

    // 0 for never.
    long _sentAt;

    /// <summary>A carrier has taken a message.</summary>
    public void Sent() => Volatile.Write(ref _sentAt, Math.Max(1, time.GetTimestamp()));

    /// <summary>Counts a message for the carrier that it was tried by last; null where it was by none.</summary>
    public Entry? Enter(OutboxItem item, List<SendTry> tries)
    {
        if (tries.Count == 0)
        {
            return null;
        }

        var counter = _counters.GetOrAdd(new CarrierKey(item.Verification.AccountSid, tries[^1].Carrier), static _ => new Counter());
        return new Entry(this, counter, tries[^1].Carrier, Interlocked.Increment(ref counter.Count));
    }

    bool IsAnySent => Volatile.Read(ref _sentAt) is not 0 and var at && time.GetElapsedTime(at) < Lately;

    /// <summary>A message that waits.</summary>
    /// <param name="waiting">Where.</param>
    /// <param name="counter">Of its carrier.</param>
    /// <param name="carrier">The carrier's name.</param>
    /// <param name="number">How many they were with it.</param>
    public sealed class Entry(WaitingByCarrier waiting, Counter counter, string carrier, int number)
    {
        public string Carrier => carrier;

        /// <summary>As many as may wait for this carrier were there before this one, and other messages go out.</summary>
        public bool IsCrowd => number > waiting._share && waiting.IsAnySent;

        public void Leave() => Interlocked.Decrement(ref counter.Count);
    }

    /// <summary>Kept for each carrier that was ever waited for: they are few.</summary>
    public sealed class Counter
    {
        public int Count;
    }

    readonly int _share = share;
}
