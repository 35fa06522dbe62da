using System.Collections.Frozen;
using Countersign.Core.Accounts;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Core.Events;

/// <summary>
/// Who is to be told what, from memory: asked in every step of every verification, so that a server without receivers pays two comparisons. Made anew when somebody
/// changes a receiver.
/// </summary>
public sealed class Subscriptions(IRegistry<Webhook> webhooks, IRegistry<EventSink> sinks, IServiceStore services, IAccountStore accounts)
{
    /// <summary>What happened so shortly before a receiver was made is told to it all the same: the clocks of two servers differ by less.</summary>
    static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(5);

    volatile Table _table = Table.Empty;
    volatile FrozenSet<Sid> _full = [];

    /// <summary>Every receiver that is enabled, and that this server can send to.</summary>
    public IReadOnlyList<EventReceiver> Enabled => Current.Enabled;

    /// <summary>Every receiver that events are kept for: those that are enabled, and those that were when this server could last read them.</summary>
    public IReadOnlyList<EventReceiver> Told => Current.Told;

    /// <summary>The receiver of that SID, enabled or not; null where there is none any more, or this server cannot read it.</summary>
    public EventReceiver? Find(Sid receiver) => Current.All.GetValueOrDefault(receiver);

    /// <summary>
    /// Whether anybody of an account is told anything: not while it is suspended, and never again once it is closed. One that cannot be read counts as it was when it could be.
    /// </summary>
    public bool IsActive(Sid account) => accounts.LastRead(account) is not { Status: not AccountStatus.Active };

    /// <summary>Whether there is such a receiver, also one that this server cannot read.</summary>
    public bool IsKnown(Sid receiver) => Find(receiver) is not null
        || webhooks.Unreadable.Any(entry => IsNamed(entry.Name, receiver)) || sinks.Unreadable.Any(entry => IsNamed(entry.Name, receiver));

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
        if ((own is null && shared is null) || !IsActive(account))
        {
            return null;
        }

        // As it was last read, if it cannot be now: what happened is told all the same, or nobody ever would.
        if (services.LastRead(service) is not { } found || found.AccountSid != account)
        {
            return null;
        }

        EventReceiver[] all = found.VerifyEventSubscriptionEnabled ? [.. own ?? [], .. shared ?? []] : own ?? [];
        return all.Length == 0 ? null : new ServiceSubscribers(found, all, all.Aggregate(0UL, (set, receiver) => set | receiver.Subscribed));
    }

    /// <summary>Whether so much waits for a receiver that no more is kept for it.</summary>
    public bool IsFull(EventReceiver receiver) => _full.Contains(receiver.Sid);

    /// <summary>Who is told that something of one kind happened then, and has room for it; empty for nobody. A receiver is told of nothing that happened before it was made.</summary>
    public IReadOnlyList<EventReceiver> For(ServiceSubscribers subscribers, EventType type, DateTimeOffset at)
    {
        if (!subscribers.Wants(type))
        {
            return [];
        }

        var told = new List<EventReceiver>(subscribers.Receivers.Count);
        foreach (var receiver in subscribers.Receivers.Where(receiver => EventTypes.Has(receiver.Subscribed, type) && receiver.CreatedAt - ClocksDiffer <= at))
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

    /// <summary>The name of a webhook has its service before it.</summary>
    static bool IsNamed(string name, Sid receiver) => name.EndsWith(receiver.ToString(), StringComparison.Ordinal);

    Table Current
    {
        get
        {
            var table = _table;
            var (hooks, streams) = (webhooks.Version, sinks.Version);
            return table.Webhooks == hooks && table.Sinks == streams ? table : _table = new Table(hooks, webhooks, streams, sinks);
        }
    }

    sealed class Table
    {
        public static Table Empty { get; } = new();

        Table() => (Webhooks, Sinks) = (-1, -1);

        public Table(long hooks, IRegistry<Webhook> webhooks, long streams, IRegistry<EventSink> sinks)
        {
            (Webhooks, Sinks) = (hooks, streams);
            All = webhooks.All.Concat<EventReceiver>(sinks.All).ToFrozenDictionary(receiver => receiver.Sid);
            Enabled = [.. webhooks.All.Where(receiver => receiver.IsEnabled), .. sinks.All.Where(receiver => receiver.IsEnabled)];

            // Another server sends to those that this one cannot read, or this one once it is given the key.
            Told = [.. Enabled, .. LastEnabled(webhooks), .. LastEnabled(sinks)];
            ByService = Told.OfType<Webhook>().GroupBy(receiver => receiver.ServiceSid).ToFrozenDictionary(group => group.Key, group => group.ToArray<EventReceiver>());
            ByAccount = Told.OfType<EventSink>().GroupBy(receiver => receiver.AccountSid).ToFrozenDictionary(group => group.Key, group => group.ToArray<EventReceiver>());
        }

        public long Webhooks { get; }

        public long Sinks { get; }

        public IReadOnlyList<EventReceiver> Enabled { get; } = [];

        public IReadOnlyList<EventReceiver> Told { get; } = [];

        public bool IsEmpty => Told.Count == 0;

        public FrozenDictionary<Sid, EventReceiver> All { get; } = FrozenDictionary<Sid, EventReceiver>.Empty;

        public FrozenDictionary<Sid, EventReceiver[]> ByService { get; } = FrozenDictionary<Sid, EventReceiver[]>.Empty;

        public FrozenDictionary<Sid, EventReceiver[]> ByAccount { get; } = FrozenDictionary<Sid, EventReceiver[]>.Empty;

        static IEnumerable<EventReceiver> LastEnabled<T>(IRegistry<T> receivers)
            where T : EventReceiver => receivers.Unreadable.Select(entry => entry.LastRead).OfType<T>().Where(receiver => receiver.IsEnabled);
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
