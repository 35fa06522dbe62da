namespace Countersign.Core.Events;

/// <summary>Now and then: notes which receivers have too much waiting, and removes what was kept long enough.</summary>
public sealed class TidyEvents(IEventStore store, Subscriptions subscriptions, EventOptions options, TimeProvider time)
{
    static readonly TimeSpan RemoveEvery = TimeSpan.FromMinutes(10);

    DateTimeOffset _removedAt = DateTimeOffset.MinValue;

    public async Task RunOnceAsync(CancellationToken ct)
    {
        var receivers = subscriptions.Enabled;
        if (receivers.Count > 0)
        {
            var waiting = await store.WaitingAsync([.. receivers.Select(receiver => receiver.Sid)], options.MaxWaiting, ct);
            subscriptions.SetFull(waiting.Where(pair => pair.Value >= options.MaxWaiting).Select(pair => pair.Key));
        }

        var now = time.GetUtcNow();
        if (now - _removedAt >= RemoveEvery)
        {
            _removedAt = now;
            await store.RemoveOldAsync(now.AddDays(-options.DeadDays), now.AddDays(-options.DeadDays).AddHours(-options.RetryHours), ct);
        }
    }
}
