using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Fraud;

public sealed class FraudGuardTests
{
    [Fact]
    public void Numbers_side_by_side_are_refused_within_fifty_messages()
    {
        var pump = new Pump();
        pump.People(500);

        var sent = pump.UntilRefused(Pump.British, 200, out var refusal);

        Assert.InRange(sent, 3, 50);
        Assert.Equal(GuardRefusalKind.Blocked, refusal!.Kind);
        Assert.Equal("adjacent_numbers", refusal.Reason);
    }

    [Fact]
    public void A_prefix_that_never_answers_is_refused_from_the_first_hour_on()
    {
        var pump = new Pump();

        // Scattered and slow enough that no two are remarkable side by side.
        var sent = pump.UntilRefused(static i => Pump.French(i * 7919), 300, out var refusal, everySeconds: 600);

        Assert.InRange(sent, 3, 30);
        Assert.Equal("prefix_not_converting", refusal!.Reason);
    }

    [Fact]
    public void People_are_not_refused()
    {
        var pump = new Pump();

        Assert.Equal(0, pump.People(2_000));
    }

    [Theory]
    [InlineData(6.5f)]
    [InlineData(8.5f)]
    [InlineData(11)]
    public void What_is_known_beforehand_never_refuses_by_itself(float threshold)
    {
        var score = new FraudScore();
        for (var reason = FraudReason.FirstSeen; reason <= FraudReason.Service; reason++)
        {
            score.Parts[(int)reason] = 3;
        }

        FraudWeighing.BoundPriors(ref score, threshold);

        Assert.Equal(threshold - 1.5f, score.Total, 0.01f);
        score.Parts[(int)FraudReason.Prefix] = 2;
        Assert.True(score.Total > threshold);
    }

    [Fact]
    public void People_elsewhere_get_through_while_a_range_is_attacked()
    {
        var pump = new Pump();
        pump.People(500);
        var refused = 0;

        for (var i = 0; i < 500; i++)
        {
            pump.Start(pump.Facts(Pump.British(i)));
            refused += pump.Person(Pump.American(201 + (i * 7 % 89), i)) is null ? 0 : 1;
        }

        Assert.Equal(0, refused);
    }

    [Fact]
    public void A_number_that_was_proven_gets_through_a_block()
    {
        var pump = new Pump();
        pump.Person(Pump.British(99));
        pump.UntilRefused(Pump.British, 200, out _);

        Assert.NotNull(pump.Start(pump.Facts(Pump.British(98))));
        Assert.Null(pump.Start(pump.Facts(Pump.British(99))));
    }

    [Fact]
    public void A_proven_number_that_no_longer_answers_is_refused_like_the_others()
    {
        var pump = new Pump();
        pump.Person(Pump.British(99));
        pump.UntilRefused(Pump.British, 200, out _);
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(pump.Start(pump.Facts(Pump.British(99))));
        }

        Assert.NotNull(pump.Start(pump.Facts(Pump.British(99))));
    }

    [Fact]
    public void Answers_lift_a_block_before_time_does()
    {
        var pump = new Pump();
        pump.UntilRefused(static i => Pump.French(i * 7919), 300, out _, everySeconds: 600);

        // Those who got a code earlier come back with it.
        for (var i = 0; i < 6; i++)
        {
            pump.Type(Pump.French(5_000 + i));
        }

        Assert.Null(pump.Start(pump.Facts(Pump.French(6_000))));
    }

    [Fact]
    public void A_block_lifts_by_itself_after_the_attack_and_says_when()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out var refusal);
        Assert.InRange(refusal!.RetryIn!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

        pump.Now += TimeSpan.FromHours(24);

        Assert.Null(pump.Start(pump.Facts(Pump.British(500))));
    }

    [Fact]
    public void A_few_go_out_under_a_block_so_that_answers_can_be_seen()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);
        var sent = 0;

        for (var i = 0; i < 4 * new FraudOptions().ProbeEvery; i++)
        {
            sent += pump.Start(pump.Facts(Pump.British(200 + i))) is null ? 1 : 0;
        }

        Assert.InRange(sent, 1, 8);
    }

    [Fact]
    public void Probes_become_rarer_while_far_more_is_asked_for()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);
        var sent = 0;

        for (var i = 0; i < 2_000; i++)
        {
            sent += pump.Start(pump.Facts(Pump.British(200 + (i % 800)))) is null ? 1 : 0;
        }

        Assert.InRange(sent, 1, 2_000 / new FraudOptions().ProbeEvery / 3);
    }

    [Fact]
    public void Ranges_without_people_are_judged_together()
    {
        var pump = new Pump();
        pump.People(500);
        // Long enough ago that the first people of each range are not taken for strays of today.
        pump.Now += TimeSpan.FromDays(4);
        var sent = 0;
        GuardRefusal? refusal = null;

        // Two messages to each of forty area codes in which nobody lives, one in five minutes: none of them would be remarkable by itself.
        for (var i = 0; i < 80; i++)
        {
            var answer = pump.Start(pump.Facts(Pump.American(301 + (i % 40), i)), secondsAfter: 300);
            sent += answer is null ? 1 : 0;
            refusal ??= answer;
        }

        Assert.InRange(sent, 5, 40);
        Assert.Equal("country_not_converting", refusal!.Reason);
        Assert.Null(pump.Start(pump.Facts(Pump.American(205, 77))));
    }

    [Fact]
    public void A_person_in_a_block_that_nothing_was_sent_to_is_spared_while_few_blocks_are_pumped()
    {
        var pump = new Pump();
        pump.People(500);
        for (var i = 0; i < 60; i++)
        {
            pump.Start(pump.Facts(Pump.American(301 + (i % 3), i)), secondsAfter: 120);
        }

        Assert.NotNull(pump.Start(pump.Facts(Pump.American(302, 99))));
        Assert.Null(pump.Start(pump.Facts(Pump.American(399, 1))));
    }

    [Fact]
    public void A_person_from_elsewhere_who_asks_again_is_still_the_first_of_their_block()
    {
        var pump = new Pump();
        PumpWhereNobodyLives(pump, blocks: 2);

        Assert.Null(pump.Start(pump.Facts(Pump.American(399, 1)), secondsAfter: 60));
        Assert.Null(pump.Start(pump.Facts(Pump.American(399, 1))));
        Assert.NotNull(pump.Start(pump.Facts(Pump.American(399, 2))));
    }

    [Fact]
    public void A_block_of_another_country_is_refused_earlier_while_blocks_without_people_are_pumped()
    {
        int Sent(bool isPumped)
        {
            var pump = new Pump();
            if (isPumped)
            {
                PumpWhereNobodyLives(pump);
            }

            return pump.UntilRefused(static i => Pump.French(i * 7919), 300, out _, everySeconds: 600);
        }

        Assert.InRange(Sent(isPumped: true), 1, Sent(isPumped: false) - 1);
    }

    [Fact]
    public void A_number_that_is_asked_for_day_after_day_is_not_taken_for_several()
    {
        var pump = new Pump();
        pump.People(500);

        for (var i = 0; i < 6; i++)
        {
            Assert.Null(pump.Start(pump.Facts(Pump.American(301, 1)), secondsAfter: 9 * 3600));
        }
    }

    [Fact]
    public void A_network_whose_codes_are_not_typed_back_is_refused_wherever_it_sends_to()
    {
        var pump = new Pump();
        pump.People(500);
        GuardRefusal? refusal = null;
        var sent = 0;

        for (; sent < 200 && refusal is null; sent++)
        {
            refusal = pump.Start(pump.Facts(Pump.American(201 + (sent * 13 % 89), sent), "203.0.113.9"), secondsAfter: 60);
        }

        Assert.InRange(sent, 5, 60);
        Assert.Equal("network_not_converting", refusal!.Reason);
        Assert.Null(pump.Start(pump.Facts(Pump.American(203, 50), "198.51.100.7")));
    }

    [Fact]
    public void A_person_who_asks_again_is_not_taken_for_several()
    {
        var pump = new Pump();

        for (var i = 0; i < 5; i++)
        {
            Assert.Null(pump.Start(pump.Facts(Pump.British(1)), secondsAfter: 45));
        }
    }

    [Fact]
    public void Watching_refuses_nothing()
    {
        var pump = new Pump(watchOnly: true);

        Assert.Equal(300, pump.UntilRefused(Pump.British, 300, out _));
        var look = pump.Guard.Look(pump.Facts(Pump.British(60)), pump.Now);
        Assert.True(look.IsRefused);
        Assert.Contains("adjacent_numbers", look.Reasons);
    }

    [Fact]
    public void Off_judges_nothing() =>
        Assert.Equal(300, new Pump(level: FraudLevel.Off).UntilRefused(Pump.British, 300, out _));

    [Fact]
    public void Max_refuses_no_later_than_standard_and_standard_before_basic()
    {
        int Sent(FraudLevel level) => new Pump(level: level).UntilRefused(static i => Pump.French(i * 7919), 300, out _, everySeconds: 600);

        Assert.True(Sent(FraudLevel.Max) <= Sent(FraudLevel.Standard));
        Assert.True(Sent(FraudLevel.Standard) < Sent(FraudLevel.Basic));
    }

    [Fact]
    public void Numbers_for_fiction_cost_nothing_and_are_not_judged() =>
        Assert.Equal(300, new Pump(new FraudOptions()).UntilRefused(Pump.British, 300, out _));

    [Fact]
    public void Test_numbers_and_starts_without_risk_check_are_not_judged()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);

        Assert.Null(pump.Guard.Judge(pump.Facts(Pump.British(60)) with { IsTest = true }, pump.Now));
        Assert.Null(pump.Guard.Judge(pump.Facts(Pump.British(60)) with { Signals = new StartSignals { RiskCheck = false } }, pump.Now));
        Assert.NotNull(pump.Guard.Judge(pump.Facts(Pump.British(60)), pump.Now));
    }

    [Fact]
    public void A_block_of_texts_does_not_open_the_way_to_calls()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);

        Assert.NotNull(pump.Guard.Judge(pump.Facts(Pump.British(60)) with { Channel = Channel.Call }, pump.Now));
    }

    [Fact]
    public void A_first_channel_that_is_not_judged_does_not_open_the_way_to_the_next_of_its_plan()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);

        var facts = pump.Facts(Pump.British(60)) with { Channel = Channel.WhatsApp };
        Assert.Null(pump.Guard.Judge(facts, pump.Now));
        Assert.NotNull(pump.Guard.Judge(facts with { Plan = [new(Channel.WhatsApp, 30), new(Channel.Sms, 30)] }, pump.Now));
        Assert.NotNull(pump.Guard.Judge(facts with { Channel = Channel.Email, Plan = [new(Channel.Email, 30, "ann@example.com"), new(Channel.WhatsApp, 30), new(Channel.Call, 30)] }, pump.Now));
        Assert.True(pump.Guard.Look(facts with { Plan = [new(Channel.WhatsApp, 30), new(Channel.Call, 30)] }, pump.Now).IsRefused);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plan_of_the_service_or_of_the_start_is_judged_with_it(bool isOfService)
    {
        var time = new FakeTimeProvider(Desk.Opening);
        var guard = new FraudGuard(new FraudOptions { JudgesFictional = true }, new ReplayedRandom());
        var desk = new Desk(new MemoryVerificationStore(time), time, guards: [guard]);
        IReadOnlyList<FallbackStep> plan = [new(isOfService ? Channel.WhatsApp : Channel.Email, 30, isOfService ? null : "ann@example.com"), new(Channel.Sms, 30)];
        desk.Service = desk.Service with { Fallback = isOfService ? plan : [] };

        var sent = 0;
        while (sent < 200 && await StartAsync() is CreateVerificationResult.Sent)
        {
            sent++;
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(sent, 1, 50);

        Task<CreateVerificationResult> StartAsync() => desk.StartAsync(
            Pump.British(sent), details: new VerificationDetails { Fallback = isOfService ? null : plan }, channel: Channel.WhatsApp, isAuto: !isOfService);
    }

    [Fact]
    public void A_plan_that_does_not_go_on_by_text_or_call_is_not_judged()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);

        var facts = pump.Facts(Pump.British(60)) with { Channel = Channel.WhatsApp };
        Assert.Null(pump.Guard.Judge(facts with { Plan = [new(Channel.Sms, 30), new(Channel.WhatsApp, 30)] }, pump.Now));
        Assert.Null(pump.Guard.Judge(facts with { Plan = [new(Channel.Sms, 30), new(Channel.Call, 30)] }, pump.Now));
        Assert.Null(pump.Guard.Judge(facts with { Plan = [new(Channel.WhatsApp, 30), new(Channel.Sms, 30)], Open = [Channel.WhatsApp] }, pump.Now));
    }

    [Fact]
    public void What_goes_by_text_only_later_is_counted_as_texts_are()
    {
        var pump = new Pump();
        IReadOnlyList<FallbackStep> plan = [new(Channel.WhatsApp, 30), new(Channel.Sms, 30)];

        var sent = 0;
        while (sent < 200 && pump.Start(pump.Facts(Pump.British(sent)) with { Channel = Channel.WhatsApp, Plan = plan }) is null)
        {
            sent++;
        }

        Assert.InRange(sent, 1, 50);
    }

    [Fact]
    public void People_who_answer_before_the_text_of_their_plan_are_not_refused()
    {
        var pump = new Pump();
        IReadOnlyList<FallbackStep> plan = [new(Channel.WhatsApp, 60), new(Channel.Sms, 30)];

        for (var i = 0; i < 1000; i++)
        {
            var to = Pump.American(201 + (i * 7 % 89), i);
            Assert.Null(pump.Start(pump.Facts(to) with { Channel = Channel.WhatsApp, Plan = plan }, secondsAfter: 30));
            pump.Type(to, channel: Channel.WhatsApp, plan: plan);
            pump.Now += TimeSpan.FromSeconds(20);
        }

        Assert.True(pump.Guard.Look(pump.Facts(Pump.American(201, 0)), pump.Now).IsProven);
    }

    [Theory]
    [InlineData(Channel.Email, false, false)]
    [InlineData(Channel.Sms, true, false)]
    [InlineData(Channel.Sms, false, true)]
    public void A_code_that_a_mailbox_had_proves_nothing_of_the_number_even_if_a_text_followed(Channel last, bool afterMailbox, bool proves)
    {
        var pump = new Pump();
        IReadOnlyList<FallbackStep> plan = [new(Channel.Email, 60, "ann@example.com"), new(Channel.Sms, 30)];
        var to = Pump.American(201, 1);

        Assert.Null(pump.Start(pump.Facts(to) with { Channel = Channel.Email, Plan = plan }, secondsAfter: 30));
        pump.Type(to, channel: last, plan: plan, afterMailbox: afterMailbox);

        Assert.Equal(proves, pump.Guard.Look(pump.Facts(to), pump.Now).IsProven);
    }

    [Fact]
    public void A_service_that_checks_its_own_codes_is_not_judged_by_answers()
    {
        var pump = new Pump();

        for (var i = 0; i < 100; i++)
        {
            Assert.Null(pump.Start(pump.Facts(Pump.French(i * 7919)) with { HasCustomCode = true }, secondsAfter: 600));
        }
    }

    [Fact]
    public void What_was_not_sent_is_not_counted()
    {
        var pump = new Pump();

        for (var i = 0; i < 200; i++)
        {
            Assert.Null(pump.Guard.Judge(pump.Facts(Pump.British(i)), pump.Now));
            pump.Guard.Settle(pump.Facts(Pump.British(i)), sent: false, pump.Now);
        }
    }

    [Fact]
    public void A_refusal_names_the_country_and_no_more_of_the_number()
    {
        var pump = new Pump();
        var sent = pump.UntilRefused(Pump.British, 200, out var refusal);

        Assert.Equal(["country", "score", "threshold", "reasons"], [.. refusal!.Facts.Select(static fact => fact.Key), .. refusal.Numbers.Select(static number => number.Key), .. refusal.Lists.Select(static list => list.Key)]);
        Assert.Equal("GB", refusal.Facts[0].Value);
        var text = $"{refusal.Explanation} {string.Join(' ', refusal.Facts)}";
        Assert.DoesNotContain("7700", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Pump.British(sent).Reveal(), text, StringComparison.Ordinal);
    }

    [Fact]
    public void Services_do_not_share_what_they_saw()
    {
        var pump = new Pump();
        pump.UntilRefused(Pump.British, 200, out _);

        pump.Service = pump.Service with { Sid = Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA") };

        Assert.Null(pump.Start(pump.Facts(Pump.British(60))));
    }

    /// <summary>People of some area codes, and days later a message now and then to others, some to each.</summary>
    static void PumpWhereNobodyLives(Pump pump, int blocks = 5)
    {
        pump.People(500);
        // Long enough ago that the first people of each range are not taken for strays of today.
        pump.Now += TimeSpan.FromDays(4);
        for (var i = 0; i < 60; i++)
        {
            pump.Start(pump.Facts(Pump.American(301 + (i % blocks), i)), secondsAfter: 300);
        }
    }
}
