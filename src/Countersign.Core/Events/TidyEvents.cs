using Microsoft.Extensions.Logging;

namespace Countersign.Core.Events;

/// <summary>Now and then: notes which receivers have too much waiting, and removes what was kept long enough, and what was kept for receivers that are gone.</summary>
public sealed partial class TidyEvents(IEventStore store, Subscriptions subscriptions, EventOptions options, TimeProvider time, ILogger<TidyEvents> logger)
{
    const int LookedAtOnce = 256;

    /// <summary>An event of a receiver that this server does not know stays for so long: the receiver may be new, and this server may not have heard of it yet.</summary>
    static readonly TimeSpan UnknownFor = TimeSpan.FromMinutes(10);

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

            await RemoveLeftAsync(now - UnknownFor, ct);
            _removedAt = now;
        }
    }

    /// <summary>Removes what receivers have that are gone. Most of it went with them; not what another server kept for one before it had heard, nor what a server did not come to before it died.</summary>
    async Task RemoveLeftAsync(DateTimeOffset before, CancellationToken ct)
    {
        IReadOnlyList<Sid> receivers;
        Sid after = default;
        do
        {
            receivers = await store.ReceiversAsync(after, LookedAtOnce, ct);
            foreach (var receiver in receivers)
            {
                after = receiver;
                if (!subscriptions.IsKnown(receiver))
                {
                    await store.RemoveOfAsync(receiver, before, ct);
                }
            }
        }
        while (receivers.Count == LookedAtOnce);
    }

    [LoggerMessage(6105, LogLevel.Warning, "{Receiver} has {Waiting} events waiting: no more are kept for it until it has taken some")]
    partial void LogFull(Sid receiver, int waiting);
}
