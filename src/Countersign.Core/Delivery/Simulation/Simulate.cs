using System.Buffers.Binary;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>Decides what the simulated network does with a message: a function of the rule, the message, the time and chance.</summary>
public static class Simulate
{
    static readonly SimulationRule None = new() { Prefix = "" };

    /// <summary>The rule with the longest prefix that a destination starts with; null where no rule speaks of it.</summary>
    public static SimulationRule? RuleFor(IReadOnlyList<SimulationRule> rules, string to)
    {
        SimulationRule? longest = null;
        foreach (var rule in rules)
        {
            if (to.StartsWith(rule.Prefix, StringComparison.Ordinal) && rule.Prefix.Length >= (longest?.Prefix.Length ?? 0))
            {
                longest = rule;
            }
        }

        return longest;
    }

    /// <summary>
    /// What becomes of one message. In this order: an outage, the throttle, a refusal, the filter, loss, a failure after it was taken; what passes all of them arrives. A
    /// magic number's own outcome stands in place of refusal, filter, loss and failure.
    /// </summary>
    /// <param name="rules">As they stand.</param>
    /// <param name="magic">Numbers with an outcome of their own.</param>
    /// <param name="usual">Which receipts are sent where no rule says.</param>
    /// <param name="message">What is to be sent.</param>
    /// <param name="now">The current time, for outages.</param>
    /// <param name="random">Chance.</param>
    public static SimulationPlan Run(
        IReadOnlyList<SimulationRule> rules, MagicNumbers magic, ReceiptMode usual, in SimulatedMessage message, DateTimeOffset now, RandomSource random)
    {
        var rule = RuleFor(rules, message.To) ?? None;
        if (rule.Outage is { } outage && now >= outage.From && now < outage.Until)
        {
            // Nobody answers, so nobody takes time to.
            return new SimulationPlan { Refusal = DeliveryError.ConnectionFailed };
        }

        var plan = new SimulationPlan { Latency = rule.Latency.At(Chance(random)) };
        if (rule.MessagesPerSecond is { } limit && message.InLastSecond >= limit)
        {
            return plan with { Refusal = DeliveryError.Throttled };
        }

        var mode = rule.Receipts ?? usual;
        var delay = rule.ReceiptDelay.At(Chance(random));
        if (magic.Find(message.To) is { } certain)
        {
            // A number that is asked for its receipt gives it, unless a rule says that there are none.
            return Fulfil(plan, certain, rule.Receipts ?? ReceiptMode.All, delay);
        }

        if (rule.Refusal is { } refusal && Strikes(refusal.Probability, random))
        {
            return plan with { Refusal = refusal.Error };
        }

        if (Holds(message.Text, rule.Filter))
        {
            return Fails(plan, DeliveryError.Filtered, mode, delay);
        }

        if (Strikes(rule.Loss, random))
        {
            return plan;
        }

        return rule.Undelivered is { } undelivered && Strikes(undelivered.Probability, random)
            ? Fails(plan, undelivered.Error, mode, delay)
            : Arrives(plan, mode, delay);
    }

    static SimulationPlan Fulfil(SimulationPlan plan, MagicOutcome outcome, ReceiptMode mode, TimeSpan delay) => outcome switch
    {
        MagicOutcome.Refused refused => plan with { Refusal = refused.Error },
        MagicOutcome.Undelivered undelivered => Fails(plan, undelivered.Error, mode, delay),
        _ => outcome == MagicOutcome.Lost ? plan : Arrives(plan, mode, delay),
    };

    static SimulationPlan Fails(SimulationPlan plan, DeliveryError error, ReceiptMode mode, TimeSpan delay) =>
        mode == ReceiptMode.None ? plan : plan with { Receipt = new PlannedReceipt(ReceiptStatus.Undelivered, error, delay) };

    static SimulationPlan Arrives(SimulationPlan plan, ReceiptMode mode, TimeSpan delay) => plan with
    {
        Arrives = true,
        Receipt = mode == ReceiptMode.All ? new PlannedReceipt(ReceiptStatus.Delivered, null, delay) : null,
    };

    static bool Holds(string text, IReadOnlyList<string> words)
    {
        foreach (var word in words)
        {
            if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    static bool Strikes(double probability, RandomSource random) => Chance(random) < probability;

    /// <summary>From 0 to below 1, in steps of 2⁻⁵³.</summary>
    static double Chance(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) * (1.0 / (1UL << 53));
    }
}
