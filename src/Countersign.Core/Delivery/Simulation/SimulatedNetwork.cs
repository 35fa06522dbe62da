using System.Collections.Concurrent;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>
/// The rules of the simulated network, which can change while it runs, and what it must remember to throttle. In memory only; safe to use from many threads.
/// </summary>
/// <param name="magic">Numbers with an outcome of their own.</param>
/// <param name="usual">Which receipts are sent where no rule says.</param>
/// <param name="time">For outages and the throttle.</param>
/// <param name="random">Chance.</param>
public sealed class SimulatedNetwork(MagicNumbers magic, ReceiptMode usual, TimeProvider time, RandomSource random)
{
    readonly ConcurrentDictionary<Sid, RuleSet> _rules = new();

    /// <summary>Whether a message is like any other to this network: no rule of its account's, and no magic number. Does not allocate.</summary>
    public bool IsPlain(Sid account, string to) => !MagicNumbers.IsFictional(to) && (_rules.IsEmpty || !_rules.ContainsKey(account));

    /// <summary>An account's rules; empty where it set none.</summary>
    public IReadOnlyList<SimulationRule> RulesOf(Sid account) => _rules.GetValueOrDefault(account)?.Rules ?? [];

    /// <summary>Puts rules in place of an account's earlier ones; none takes them away.</summary>
    public void SetRules(Sid account, IReadOnlyList<SimulationRule> rules)
    {
        if (rules.Count == 0)
        {
            _rules.TryRemove(account, out _);
        }
        else
        {
            _rules[account] = new RuleSet(rules);
        }
    }

    /// <summary>What becomes of a message now.</summary>
    public SimulationPlan Decide(Sid account, string to, string text)
    {
        var now = time.GetUtcNow();
        var set = _rules.GetValueOrDefault(account) ?? RuleSet.None;
        if (Simulate.RuleFor(set.Rules, to) is not { MessagesPerSecond: not null } rule)
        {
            return Simulate.Run(set.Rules, magic, usual, new SimulatedMessage(to, text, 0), now, random);
        }

        var window = set.WindowOf(rule);
        lock (window)
        {
            while (window.TryPeek(out var oldest) && (now - oldest).Duration() >= TimeSpan.FromSeconds(1))
            {
                window.Dequeue();
            }

            var full = window.Count;
            var plan = Simulate.Run(set.Rules, magic, usual, new SimulatedMessage(to, text, full), now, random);
            if (full < rule.MessagesPerSecond)
            {
                window.Enqueue(now);
            }

            return plan;
        }
    }

    sealed class RuleSet(IReadOnlyList<SimulationRule> rules)
    {
        public static RuleSet None { get; } = new([]);

        readonly ConcurrentDictionary<string, Queue<DateTimeOffset>> _windows = new();

        public IReadOnlyList<SimulationRule> Rules => rules;

        public Queue<DateTimeOffset> WindowOf(SimulationRule rule) => _windows.GetOrAdd(rule.Prefix, _ => new Queue<DateTimeOffset>());
    }
}
