using Countersign.Core.Guard;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Guard.Challenges;

namespace Countersign.Core.Tests.Guard.Fraud;

/// <summary>Fraud Guard of services that ask for work: what is in doubt and not refused has to show some.</summary>
public sealed class DoubtfulStartsTests
{
    [Fact]
    public void A_prefix_whose_codes_are_not_typed_back_is_asked_for_work_before_it_is_refused()
    {
        var pump = NewPump();
        var sentWithout = new Pump().UntilRefused(Scattered, 300, out _, everySeconds: 600);

        var sent = pump.UntilRefused(Scattered, 300, out var refusal, everySeconds: 600);

        Assert.Equal((GuardRefusalKind.ChallengeRequired, "challenge_required"), (refusal!.Kind, refusal.Reason));
        Assert.NotNull(refusal.Challenge);
        Assert.Contains(refusal.Lists, static list => list.Key == "reasons" && list.Value.Contains("prefix_not_converting"));
        Assert.Equal("prefix_not_converting", refusal.Facts.First(static fact => fact.Key == "cause").Value);
        Assert.Equal(4.5, refusal.Numbers.First(static number => number.Key == "threshold").Value);
        Assert.InRange(sent, 1, sentWithout - 1);
    }

    [Fact]
    public void A_script_that_does_no_work_gets_little_more_through_however_long_it_goes_on()
    {
        var (idle, without) = (NewPump(), new Pump());

        var (sent, sentWithout) = (Sent(idle, 2_000), Sent(without, 2_000));

        Assert.InRange(sent, 1, (sentWithout / 2) + 1);

        static int Sent(Pump pump, int starts) => Enumerable.Range(0, starts).Count(i => pump.Start(pump.Facts(Scattered(i)), secondsAfter: 120) is null);
    }

    [Fact]
    public void Starts_that_do_no_work_keep_their_range_in_doubt_and_never_have_it_refused()
    {
        var pump = NewPump();
        pump.UntilRefused(Scattered, 300, out _, everySeconds: 600);

        // A day of them, by which what was sent would have faded by two thirds, and then a flood.
        var kinds = new HashSet<GuardRefusalKind?>();
        for (var i = 0; i < 144; i++)
            kinds.Add(pump.Start(pump.Facts(Scattered(300 + i)), secondsAfter: 600)?.Kind);
        for (var i = 0; i < 2_000; i++)
            kinds.Add(pump.Start(pump.Facts(Scattered(500 + i)), secondsAfter: 0.1)?.Kind);

        Assert.Equal([GuardRefusalKind.ChallengeRequired], kinds);
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 130)]
    [InlineData(3, 130)]
    [InlineData(1, 7_200)]
    public void Nor_are_the_people_of_a_range_refused_for_them(int peopleAnHour, int startsAnHour)
    {
        var pump = NewPump();
        for (var i = 0; i < 72 * peopleAnHour; i++)
        {
            pump.Person(Scattered(i));
            pump.Now += TimeSpan.FromSeconds((3600.0 / peopleAnHour) - 30);
        }

        pump.UntilRefused(i => Scattered(2_000 + i), 300, out var first, everySeconds: 3600.0 / startsAnHour);
        Assert.NotNull(first!.Challenge);

        var kinds = new HashSet<GuardRefusalKind?>();
        for (var i = 0; i < 3_000; i++)
        {
            // Asked only, and never sent.
            var refusal = pump.Guard.Judge(pump.Facts(Scattered(3_000 + i)), pump.Now);
            kinds.Add(refusal?.Kind);
            pump.Now += TimeSpan.FromSeconds(0.5);
        }

        Assert.DoesNotContain(GuardRefusalKind.Blocked, kinds);
        Assert.Contains(GuardRefusalKind.ChallengeRequired, kinds);
    }

    [Fact]
    public void A_solution_whose_start_is_refused_by_somebody_else_takes_nothing_back_however_often_it_comes()
    {
        var gate = Pump.NewGate();
        var pump = new Pump(gate: gate);
        pump.UntilRefused(Scattered, 300, out _, everySeconds: 600);
        var to = Scattered(9_999);
        var challenge = pump.Start(pump.Facts(to), secondsAfter: 0)!.Challenge!;
        var before = pump.Guard.Look(pump.Facts(Scattered(301)), pump.Now).Score;

        for (var i = 0; i < 20; i++)
        {
            var start = Solved(pump.Facts(to), challenge);
            Assert.Null(pump.Guard.Judge(start, pump.Now));
            gate.Settle(start, sent: false, pump.Now);
            pump.Guard.Settle(start, sent: false, pump.Now);
        }

        Assert.Equal(before, pump.Guard.Look(pump.Facts(Scattered(301)), pump.Now).Score);
    }

    [Fact]
    public void Who_does_all_the_work_is_refused_all_the_same_once_it_is_clear()
    {
        var pump = NewPump();

        for (var i = 0; i < 300; i++)
        {
            var refusal = pump.Start(pump.Facts(Scattered(i)));
            if (refusal?.Challenge is { } challenge)
            {
                refusal = pump.Start(Solved(pump.Facts(Scattered(i)), challenge));
                Assert.Null(refusal?.Challenge);
            }

            pump.Now += TimeSpan.FromMinutes(10);

            if (refusal is not null)
            {
                Assert.Equal((GuardRefusalKind.Blocked, "prefix_not_converting"), (refusal.Kind, refusal.Reason));
                return;
            }
        }

        Assert.Fail("Never refused.");
    }

    [Fact]
    public void A_probe_goes_out_without_work_since_its_solution_would_hardly_be_chosen_again()
    {
        var pump = new Pump(new Core.Guard.Fraud.FraudOptions { JudgesFictional = true, ProbeEvery = 2 }, gate: Pump.NewGate());
        var (probes, i) = (0, 0);
        for (; i < 300 && probes < 5; i++)
        {
            var start = pump.Facts(Scattered(i));
            var isRefused = pump.Guard.Look(start, pump.Now).IsRefused;
            var refusal = pump.Start(start);
            if (isRefused)
            {
                Assert.Null(refusal?.Challenge);
                probes += refusal is null ? 1 : 0;
            }
            else if (refusal?.Challenge is { } challenge)
            {
                pump.Start(Solved(pump.Facts(Scattered(i)), challenge));
            }

            pump.Now += TimeSpan.FromMinutes(10);
        }

        Assert.Equal(5, probes);
    }

    [Fact]
    public void Nobody_is_asked_while_codes_are_typed_back()
    {
        var pump = NewPump();

        Assert.Equal(0, pump.People(2_000));
    }

    [Fact]
    public void The_first_stranger_of_a_country_that_is_new_and_dear_is_not_asked()
    {
        var pump = NewPump();
        pump.People(500);

        Assert.Null(pump.Start(pump.Facts(Pump.French(1))));
        Assert.Null(pump.Start(pump.Facts(Pump.British(1))));
    }

    [Fact]
    public void A_number_that_was_proven_is_not_asked()
    {
        var pump = NewPump();
        Assert.Null(pump.Person(Pump.French(1)));
        pump.UntilRefused(Scattered, 300, out var refusal, everySeconds: 600);
        Assert.NotNull(refusal!.Challenge);

        Assert.Null(pump.Start(pump.Facts(Pump.French(1))));
    }

    [Theory]
    [InlineData(RiskMode.Watch, 50, false)]
    [InlineData(RiskMode.Off, 50, false)]
    [InlineData(RiskMode.Enforce, 0, false)]
    [InlineData(RiskMode.Enforce, 50, true)]
    public void A_service_that_has_no_challenges_or_only_watches_asks_nobody(RiskMode mode, int from, bool watchOnly)
    {
        var pump = NewPump(new RiskSettings(mode, from), watchOnly);

        pump.UntilRefused(Scattered, 300, out var refusal, everySeconds: 600);

        Assert.Null(refusal?.Challenge);
    }

    [Fact]
    public void The_look_at_a_number_says_that_it_would_be_asked()
    {
        var pump = NewPump();
        pump.UntilRefused(Scattered, 300, out _, everySeconds: 600);

        var look = pump.Guard.Look(pump.Facts(Scattered(301)), pump.Now);
        Assert.Equal((false, true), (look.IsRefused, look.IsChallenged));
        Assert.False(pump.Guard.Look(pump.Facts(Pump.American(201, 1)), pump.Now).IsChallenged);

        pump.Service = pump.Service with { Guard = pump.Service.Guard with { Risk = RiskSettings.Default } };
        Assert.False(pump.Guard.Look(pump.Facts(Scattered(301)), pump.Now).IsChallenged);
    }

    static PhoneNumber Scattered(int i) => Pump.French(i * 7919);

    static Pump NewPump(RiskSettings? risk = null, bool watchOnly = false)
    {
        var pump = new Pump(gate: Pump.NewGate());
        pump.Service = pump.Service with { Guard = pump.Service.Guard with { Risk = risk ?? pump.Service.Guard.Risk, FraudWatchOnly = watchOnly } };
        return pump;
    }

    static StartFacts Solved(StartFacts start, Challenge challenge) => start with { Signals = start.Signals with { Challenge = Work.Payload(challenge) } };
}
