using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;
using Countersign.Core.Tests.Privacy;
using CsCheck;

namespace Countersign.Core.Tests.Delivery.Simulation;

public sealed class SimulateTests
{
    const string To = "+447700900123";

    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static readonly Gen<Mishap?> GenMishap = Gen.Select(Gen.Enum<DeliveryError>(), Gen.Double[0, 1], Gen.Bool).Select((error, probability, some) => some ? new Mishap(error, probability) : null);

    static readonly Gen<Spread> GenSpread = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000])
        .Select((shortest, more) => new Spread(TimeSpan.FromMilliseconds(shortest), TimeSpan.FromMilliseconds(shortest + more)));

    static readonly Gen<SimulationRule> GenRule =
        from prefix in Gen.Int[0, To.Length]
        from latency in GenSpread
        from delay in GenSpread
        from loss in Gen.Double[0, 1]
        from mode in Gen.Int[-1, 2]
        from refusal in GenMishap
        from undelivered in GenMishap
        from limit in Gen.Int[0, 5]
        from outage in Gen.Bool
        select new SimulationRule
        {
            Prefix = To[..prefix],
            Latency = latency,
            ReceiptDelay = delay,
            Loss = loss,
            Receipts = mode < 0 ? null : (ReceiptMode)mode,
            Refusal = refusal,
            Undelivered = undelivered,
            MessagesPerSecond = limit,
            Filter = ["casino"],
            Outage = outage ? new Outage(Now.AddSeconds(-1), Now.AddSeconds(1)) : null,
        };

    [Fact]
    public void Whatever_the_rules_a_message_is_refused_or_arrives_or_does_not_and_its_receipt_says_which() =>
        Gen.Select(GenRule.List[0, 4], Gen.Int, Gen.Int[0, 6], Gen.Bool).Sample((rules, seed, recent, casino) =>
        {
            var plan = Run(rules, recent, casino ? "The CASINO calls" : "Your code is: 123456", seed);

            Assert.False(plan.Refusal is not null && (plan.Arrives || plan.Receipt is not null));
            Assert.False(plan.Arrives && plan.Receipt?.Status == ReceiptStatus.Undelivered);
            Assert.False(!plan.Arrives && plan.Receipt?.Status == ReceiptStatus.Delivered);
            Assert.Equal(plan.Receipt?.Status == ReceiptStatus.Undelivered, plan.Receipt?.Error is not null);
            Assert.False(casino && plan.Arrives && rules.Count > 0);
        });

    [Fact]
    public void Latency_and_delay_stay_between_their_ends() => Gen.Select(GenRule, Gen.Int).Sample((rule, seed) =>
    {
        var plan = Run([rule with { Outage = null }], 0, "", seed);

        Assert.InRange(plan.Latency, rule.Latency.Shortest, rule.Latency.Longest);
        Assert.InRange(plan.Receipt?.Delay ?? rule.ReceiptDelay.Shortest, rule.ReceiptDelay.Shortest, rule.ReceiptDelay.Longest);
    });

    [Fact]
    public void The_same_chance_makes_the_same_plan() => Gen.Select(GenRule.List[0, 4], Gen.Int).Sample((rules, seed) =>
        Assert.Equal(Run(rules, 0, "text", seed), Run(rules, 0, "text", seed)));

    [Fact]
    public void Only_the_rule_with_the_longest_prefix_counts() => Gen.Select(GenRule.List[1, 6], Gen.Int).Sample((rules, seed) =>
    {
        var distinct = rules.DistinctBy(rule => rule.Prefix).ToList();
        var longest = distinct.MaxBy(rule => rule.Prefix.Length)!;

        Assert.Equal(Run([longest], 0, "text", seed), Run(distinct, 0, "text", seed));
    });

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.25)]
    [InlineData(1.0)]
    public void A_probability_strikes_as_often_as_it_says(double probability)
    {
        var random = new ReplayedRandom(7);
        var rule = new SimulationRule { Prefix = "", Loss = probability };
        var lost = 0;
        for (var i = 0; i < 10_000; i++)
        {
            lost += Simulate.Run([rule], MagicNumbers.Fictional, ReceiptMode.All, new SimulatedMessage(To, "", 0), Now, random).Arrives ? 0 : 1;
        }

        Assert.InRange(lost / 10_000.0, probability - 0.02, probability + 0.02);
    }

    [Fact]
    public void An_outage_has_a_first_moment_and_ends_before_its_last()
    {
        var rule = new SimulationRule { Prefix = "", Outage = new Outage(Now, Now.AddSeconds(10)) };

        Assert.Equal(DeliveryError.ConnectionFailed, At(Now));
        Assert.Equal(DeliveryError.ConnectionFailed, At(Now.AddSeconds(10).AddTicks(-1)));
        Assert.Null(At(Now.AddTicks(-1)));
        Assert.Null(At(Now.AddSeconds(10)));

        DeliveryError? At(DateTimeOffset now) =>
            Simulate.Run([rule], MagicNumbers.Fictional, ReceiptMode.All, new SimulatedMessage(To, "", 0), now, new ReplayedRandom()).Refusal;
    }

    [Fact]
    public void What_is_above_the_limit_is_throttled()
    {
        var rule = new SimulationRule { Prefix = "", MessagesPerSecond = 3 };

        Assert.Null(Run([rule], 2, "", 1).Refusal);
        Assert.Equal(DeliveryError.Throttled, Run([rule], 3, "", 1).Refusal);
    }

    [Fact]
    public void A_filtered_text_is_taken_and_a_receipt_says_that_it_was_filtered()
    {
        var plan = Run([new SimulationRule { Prefix = "+44", Filter = ["Casino"] }], 0, "the casino calls", 1);

        Assert.Equal((null, false, DeliveryError.Filtered), (plan.Refusal, plan.Arrives, plan.Receipt?.Error));
    }

    [Theory]
    [InlineData(ReceiptMode.None, false, false)]
    [InlineData(ReceiptMode.Failures, true, false)]
    [InlineData(ReceiptMode.All, true, true)]
    public void Which_receipts_come_can_be_said(ReceiptMode mode, bool failed, bool delivered)
    {
        var fails = new SimulationRule { Prefix = "", Receipts = mode, Undelivered = new Mishap(DeliveryError.Unreachable) };

        Assert.Equal(failed, Run([fails], 0, "", 1).Receipt is not null);
        Assert.Equal(delivered, Run([fails with { Undelivered = null }], 0, "", 1).Receipt is not null);
    }

    [Fact]
    public void A_magic_number_keeps_its_outcome_under_a_rule_but_not_in_an_outage()
    {
        var rule = new SimulationRule { Prefix = "", Loss = 1, Latency = new Spread(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)) };
        var message = new SimulatedMessage("+19825550103", "", 0);

        var plan = Simulate.Run([rule], MagicNumbers.Fictional, ReceiptMode.Failures, message, Now, new ReplayedRandom());
        Assert.Equal((DeliveryError.UnknownNumber, TimeSpan.FromSeconds(1)), (plan.Receipt?.Error, plan.Latency));

        var dark = rule with { Outage = new Outage(Now, Now.AddSeconds(1)) };
        Assert.Equal(DeliveryError.ConnectionFailed, Simulate.Run([dark], MagicNumbers.Fictional, ReceiptMode.Failures, message, Now, new ReplayedRandom()).Refusal);
    }

    static SimulationPlan Run(IReadOnlyList<SimulationRule> rules, int recent, string text, int seed) =>
        Simulate.Run(rules, MagicNumbers.Fictional, ReceiptMode.Failures, new SimulatedMessage(To, text, recent), Now, new ReplayedRandom(seed));
}
