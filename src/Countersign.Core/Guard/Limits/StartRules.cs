using Countersign.Core.Guard.Windows;

namespace Countersign.Core.Guard.Limits;

/// <summary>The rules that one start is counted by: those of the service's own limits that it names, then the built-in ones.</summary>
ref struct StartRules
{
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1), Minute = TimeSpan.FromMinutes(1), Hour = TimeSpan.FromHours(1), Day = TimeSpan.FromDays(1);

    /// <summary>Built-in rules that a start may have, and those more for each other destination of its plan.</summary>
    public const int MostBuiltIn = 9, MostOther = 2;

    readonly Span<WindowRule> _rules;
    readonly Span<LimitKind> _kinds;
    int _count;

    /// <summary>Room for the rules, given by whoever calls: <see cref="MostBuiltIn"/>, and those of named limits.</summary>
    public StartRules(Span<WindowRule> rules, Span<LimitKind> kinds)
    {
        _rules = rules;
        _kinds = kinds;
    }

    /// <summary>All rules so far.</summary>
    public readonly ReadOnlySpan<WindowRule> All => _rules[.._count];

    /// <summary>What a built-in rule counts; 0 for a bucket.</summary>
    public readonly LimitKind KindOf(int rule) => _kinds[rule];

    /// <summary>Adds the buckets of a service's limit.</summary>
    public void AddBuckets(RateLimit limit, string value, LimitKeys keys)
    {
        foreach (var bucket in limit.Buckets)
        {
            Add(0, new WindowRule(keys.OfValue(bucket.Sid, value), bucket.Max, TimeSpan.FromSeconds(bucket.IntervalSeconds)) { IsMadeUp = true });
        }
    }

    /// <summary>Adds those built-in rules that count the destination alone; <paramref name="atHome"/> apart from those that ask from elsewhere.</summary>
    public void AddDestination(StartFacts start, bool atHome)
    {
        var limits = start.Service.Guard.Limits;
        AddIf(limits.DestinationPerHour, LimitKind.DestinationHour, KeyOf(LimitKind.DestinationHour), Hour);
        AddIf(limits.DestinationPerDay, LimitKind.DestinationDay, KeyOf(LimitKind.DestinationDay), Day);
        if (limits.CooldownSeconds > 0)
        {
            // Pauses that double leave room for less than twenty sends in an hour, so the pause alone decides.
            Add(LimitKind.Cooldown, new WindowRule(KeyOf(LimitKind.Cooldown), WindowRule.MaxExact, Hour)
            {
                FirstPause = TimeSpan.FromSeconds(limits.CooldownSeconds),
            });
        }

        UInt128 KeyOf(LimitKind kind) => atHome ? LimitKeys.OfDestinationAtHome(start, kind) : LimitKeys.OfDestination(start, kind);
    }

    /// <summary>Adds the rules of another destination of the plan: those that starts for itself are counted by.</summary>
    public void AddOther(StartFacts start, UInt128 other, bool atHome)
    {
        var limits = start.Service.Guard.Limits;
        AddIf(limits.DestinationPerHour, LimitKind.DestinationHour, KeyOf(LimitKind.DestinationHour), Hour);
        AddIf(limits.DestinationPerDay, LimitKind.DestinationDay, KeyOf(LimitKind.DestinationDay), Day);

        UInt128 KeyOf(LimitKind kind)
        {
            var key = LimitKeys.OfDestination(start.Service.Sid, other, kind);
            return atHome ? ~key : key;
        }
    }

    /// <summary>Adds every other built-in rule.</summary>
    public void AddRest(StartFacts start, LimitKeys keys, AccountLimitOptions options)
    {
        var limits = start.Service.Guard.Limits;
        var (service, account) = (start.Service.Sid.Value, start.Service.AccountSid.Value);
        AddIf(limits.ServicePerSecond, LimitKind.ServiceSecond, LimitKeys.Of(service, LimitKind.ServiceSecond), Second);
        AddIf(limits.ServicePerMinute, LimitKind.ServiceMinute, LimitKeys.Of(service, LimitKind.ServiceMinute), Minute);
        AddIf(options.AccountPerSecond, LimitKind.AccountSecond, LimitKeys.Of(account, LimitKind.AccountSecond), Second);
        AddIf(options.AccountPerMinute, LimitKind.AccountMinute, LimitKeys.Of(account, LimitKind.AccountMinute), Minute);
        if ((limits.IpPerHour | limits.NetworkPerHour) > 0 && keys.OfAddress(start) is { } address)
        {
            AddIf(limits.IpPerHour, LimitKind.Ip, address.Ip, Hour);
            AddIf(limits.NetworkPerHour, LimitKind.Network, address.Network, Hour);
        }
    }

    void AddIf(int max, LimitKind kind, UInt128 key, TimeSpan interval)
    {
        if (max > 0)
        {
            Add(kind, new WindowRule(key, max, interval));
        }
    }

    void Add(LimitKind kind, WindowRule rule)
    {
        _rules[_count] = rule;
        _kinds[_count++] = kind;
    }
}
