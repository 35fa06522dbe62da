using System.Collections.Frozen;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Core.Events;

/// <summary>
/// Who is to be told what, from memory: asked in every step of every verification, so that a server without receivers pays two comparisons. Made anew when somebody
/// changes a receiver.
/// </summary>
public sealed class Subscriptions(IRegistry<Webhook> webhooks, IRegistry<EventSink> sinks, IServiceStore services)
{
    volatile Table _table = Table.Empty;
    volatile FrozenSet<Sid> _full = [];

    /// <summary>Every receiver that is enabled.</summary>
    public IReadOnlyList<EventReceiver> Enabled => Current.Enabled;

    /// <summary>The receiver of that SID, enabled or not; null where there is none any more.</summary>
    public EventReceiver? Find(Sid receiver) => Current.All.GetValueOrDefault(receiver);

    /// <summary>Receivers that have so much waiting that no more is kept for them.</summary>
    public void SetFull(IEnumerable<Sid> receivers) => _full = receivers.ToFrozenSet();

    /// <summary>Who is told of anything in a service; null for nobody.</summary>
    public ServiceSubscribers? Of(Sid service, Sid account)
    {
        var table = Current;
        if (table.IsEmpty)
        {
            return null;
        }

        var own = table.ByService.GetValueOrDefault(service);
        var shared = table.ByAccount.GetValueOrDefault(account);
        if (own is null && shared is null)
        {
            return null;
        }

        // In memory with every store: the task is done.
        if (services.FindAsync(service, CancellationToken.None).AsTask() is not { IsCompletedSuccessfully: true, Result: { } found } || found.AccountSid != account)
        {
            return null;
        }

        EventReceiver[] all = found.VerifyEventSubscriptionEnabled ? [.. own ?? [], .. shared ?? []] : own ?? [];
        return all.Length == 0 ? null : new ServiceSubscribers(found, all, all.Aggregate(0UL, (set, receiver) => set | receiver.Subscribed));
    }

    /// <summary>Whether so much waits for a receiver that no more is kept for it.</summary>
    public bool IsFull(EventReceiver receiver) => _full.Contains(receiver.Sid);

    /// <summary>Who is told of one kind of event, and has room for it; empty for nobody.</summary>
    public IReadOnlyList<EventReceiver> For(ServiceSubscribers subscribers, EventType type)
    {
        if (!subscribers.Wants(type))
        {
            return [];
        }

        var told = new List<EventReceiver>(subscribers.Receivers.Count);
        foreach (var receiver in subscribers.Receivers.Where(receiver => EventTypes.Has(receiver.Subscribed, type)))
        {
            if (IsFull(receiver))
            {
                EventMetrics.Dropped(receiver);
            }
            else
            {
                told.Add(receiver);
            }
        }

        return told;
    }

    Table Current
    {
        get
        {
            var table = _table;
            var (hooks, streams) = (webhooks.Version, sinks.Version);
            return table.Webhooks == hooks && table.Sinks == streams ? table : _table = new Table(hooks, webhooks.All, streams, sinks.All);
        }
    }

    sealed class Table(long hooks, IReadOnlyList<Webhook> webhooks, long streams, IReadOnlyList<EventSink> sinks)
    {
        public static Table Empty { get; } = new(-1, [], -1, []);

        public long Webhooks => hooks;

        public long Sinks => streams;

        public IReadOnlyList<EventReceiver> Enabled { get; } = [.. webhooks.Where(receiver => receiver.IsEnabled), .. sinks.Where(receiver => receiver.IsEnabled)];

        public bool IsEmpty => Enabled.Count == 0;

        public FrozenDictionary<Sid, EventReceiver> All { get; } = webhooks.Concat<EventReceiver>(sinks).ToFrozenDictionary(receiver => receiver.Sid);

        public FrozenDictionary<Sid, EventReceiver[]> ByService { get; } =
            webhooks.Where(receiver => receiver.IsEnabled).GroupBy(receiver => receiver.ServiceSid).ToFrozenDictionary(group => group.Key, group => group.ToArray<EventReceiver>());

        public FrozenDictionary<Sid, EventReceiver[]> ByAccount { get; } =
            sinks.Where(receiver => receiver.IsEnabled).GroupBy(receiver => receiver.AccountSid).ToFrozenDictionary(group => group.Key, group => group.ToArray<EventReceiver>());
    }
}

/// <summary>Who is told of what happens in a service.</summary>
/// <param name="Service">The service as it is now.</param>
/// <param name="Receivers">Those that are enabled.</param>
/// <param name="Subscribed">What any of them is told of, as bits.</param>
public sealed record ServiceSubscribers(VerifyService Service, IReadOnlyList<EventReceiver> Receivers, ulong Subscribed)
{
    public bool Wants(EventType type) => EventTypes.Has(Subscribed, type);
}
