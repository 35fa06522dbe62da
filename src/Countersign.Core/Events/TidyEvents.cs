using Microsoft.Extensions.Logging;

namespace Countersign.Core.Events;

/// <summary>Now and then: notes which receivers have too much waiting, and removes what was kept long enough.</summary>
public sealed partial class TidyEvents(IEventStore store, Subscriptions subscriptions, EventOptions options, TimeProvider time, ILogger<TidyEvents> logger)
{
    static readonly TimeSpan RemoveEvery = TimeSpan.FromMinutes(10);

    DateTimeOffset _removedAt = DateTimeOffset.MinValue;
    HashSet<Sid> _full = [];

    public async Task RunOnceAsync(CancellationToken ct)
    {
        var receivers = subscriptions.Told;
        if (receivers.Count > 0)
        {
            var waiting = await store.WaitingAsync([.. receivers.Select(receiver => receiver.Sid)], options.MaxWaiting, ct);
            var full = waiting.Where(pair => pair.Value >= options.MaxWaiting).Select(pair => pair.Key).ToHashSet();
            subscriptions.SetFull(full);
            foreach (var receiver in full.Except(_full))
            {
                LogFull(receiver, options.MaxWaiting);
            }

            _full = full;
        }

        var now = time.GetUtcNow();
        if ((now - _removedAt).Duration() >= RemoveEvery)
        {
            var dead = now.AddDays(-options.DeadDays);
            while (await store.RemoveOldAsync(dead, dead.AddHours(-options.RetryHours), ct) > 0)
            {
            }

            _removedAt = now;
        }
    }

    [LoggerMessage(6105, LogLevel.Warning, "{Receiver} has {Waiting} events waiting: no more are kept for it until it has taken some")]
    partial void LogFull(Sid receiver, int waiting);
}
