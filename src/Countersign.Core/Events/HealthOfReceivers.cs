using System.Collections.Concurrent;

namespace Countersign.Core.Events;

/// <summary>How every receiver does, as this node sees it; after a start all do well. Safe to call from many threads.</summary>
public sealed class HealthOfReceivers(Subscriptions subscriptions)
{
    readonly ConcurrentDictionary<Sid, ReceiverHealth> _health = new();
    IReadOnlyList<EventReceiver> _seen = [];

    /// <summary>Receivers that something was sent to.</summary>
    public int Count => _health.Count;

    /// <summary>Until when a receiver is left alone, since it failed again and again; null where it is not.</summary>
    public DateTimeOffset? PausedUntil(Sid receiver, DateTimeOffset now) => _health.TryGetValue(receiver, out var health) ? health.PausedUntil(now) : null;

    /// <summary>Ends the pause of a receiver: an operator knows that it is back.</summary>
    public void Resume(Sid receiver)
    {
        if (_health.TryGetValue(receiver, out var health))
        {
            health.Resume();
        }
    }

    internal ReceiverHealth Of(Sid receiver) => _health.GetOrAdd(receiver, static _ => new ReceiverHealth());

    /// <summary>Forgets receivers that were removed. Costs a comparison unless somebody changed a receiver. One caller at a time.</summary>
    internal void ForgetRemoved()
    {
        var receivers = subscriptions.Enabled;
        if (ReferenceEquals(receivers, _seen))
        {
            return;
        }

        _seen = receivers;
        foreach (var receiver in _health.Keys.Where(receiver => subscriptions.Find(receiver) is null))
        {
            _health.TryRemove(receiver, out _);
        }
    }
}
