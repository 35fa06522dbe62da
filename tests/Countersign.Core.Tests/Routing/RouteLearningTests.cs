using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Routing;
using CsCheck;

namespace Countersign.Core.Tests.Routing;

public sealed class RouteLearningTests
{
    readonly Desk _desk = new();

    [Fact]
    public void The_estimate_comes_to_the_share_of_codes_typed_back()
    {
        _desk.Live("north", 300, convertedOfTen: 8);

        Assert.Equal(0.8, _desk.Rate("north"), 0.05);
    }

    [Fact]
    public void A_receipt_of_delivery_is_no_proof()
    {
        for (var i = 0; i < 50; i++)
            _desk.Learning.Received(_desk.Send("north"), delivered: true, _desk.Now.AddSeconds(1));
        _desk.Wait(TimeSpan.FromMinutes(10));

        Assert.InRange(_desk.Rate("north"), 0, 0.1);
    }

    [Fact]
    public void A_receipt_of_failure_is_believed_at_once_and_a_code_typed_back_is_believed_more()
    {
        var before = _desk.Rate("north");
        var verification = _desk.Send("north");
        _desk.Learning.Received(verification, delivered: false, _desk.Now.AddSeconds(1));
        var failed = _desk.Rate("north");
        _desk.Learning.Converted(verification, _desk.Now.AddSeconds(20));

        Assert.True(failed < before - 0.1);
        Assert.True(_desk.Rate("north") > before);
    }

    [Fact]
    public void A_send_that_waits_counts_more_and_more_as_a_failure()
    {
        _desk.Live("north", 200);
        var rates = new List<double> { _desk.Rate("north") };
        for (var i = 0; i < 20; i++)
            _desk.Send("north");

        for (var i = 0; i < 5; i++)
        {
            _desk.Wait(TimeSpan.FromSeconds(12));
            rates.Add(_desk.Rate("north"));
        }

        Assert.Equal(rates.OrderDescending(), rates);
        Assert.True(rates[^1] < rates[0] - 0.03, "a minute of silence is to be seen");
    }

    [Fact]
    public void Asking_again_settles_the_first_send_and_the_code_is_no_longer_its_merit()
    {
        var before = _desk.Rate("north");
        var verification = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(30));
        _desk.Learning.Sent(verification, Desk.Key("south"), Channel.Sms, "SE", "46701740605", isFirst: false, _desk.Now);
        var asked = _desk.Rate("north");

        _desk.Learning.Converted(verification, _desk.Now.AddSeconds(15));

        Assert.True(asked < before);
        Assert.Equal(asked, _desk.Rate("north"), 6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_clock_that_ran_ahead_for_a_moment_ages_nothing_that_is_sent_after_it(bool isSent)
    {
        _desk.Live("north", 200);
        var (before, ahead) = (_desk.Rate("north"), _desk.Now.AddHours(1));
        if (isSent)
            _desk.Learning.Sent(_desk.NewVerification(), Desk.Key("north"), Channel.Sms, "SE", "46701740605", isFirst: true, ahead);
        else
            _desk.Learning.LookAt(ahead);

        _desk.Live("north", 50);

        Assert.False(_desk.IsDark("north") || _desk.IsDark("north", "SE"));
        Assert.Equal(before, _desk.Rate("north"), 0.03);
        _desk.Wait(TimeSpan.FromMinutes(10));
        Assert.Equal(0, _desk.Learning.Size.Pending);
    }

    [Fact]
    public void One_reading_of_the_clock_that_comes_late_is_no_clock_that_was_set_back()
    {
        _desk.Live("north", 200);
        var stale = _desk.Now;
        _desk.Wait(TimeSpan.FromHours(1));
        var sent = Enumerable.Range(0, 20).Select(_ => _desk.Send("north")).ToList();
        var before = _desk.Rate("north");

        _desk.Learning.LookAt(stale);
        _desk.Learning.LookAt(_desk.Now);

        Assert.Equal(20, _desk.Learning.Size.Pending);
        Assert.Equal(before, _desk.Rate("north"), 0.001);
        Assert.False(_desk.IsDark("north"));
    }

    [Fact]
    public void A_code_that_was_judged_a_while_ago_does_not_set_the_time_back()
    {
        var verification = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(30));
        var late = _desk.Send("north");

        _desk.Learning.Converted(verification, _desk.Now.AddSeconds(-20));
        _desk.Wait(TimeSpan.FromSeconds(581));
        Assert.NotEqual(0, _desk.Learning.Size.Pending);
        _desk.Wait(TimeSpan.FromSeconds(20));

        Assert.Equal(0, _desk.Learning.Size.Pending);
        _desk.Learning.Converted(late, _desk.Now);
    }

    [Fact]
    public void What_only_resends_taught_is_nothing()
    {
        var before = _desk.Rate("south");
        for (var i = 0; i < 50; i++)
        {
            var verification = _desk.NewVerification();
            _desk.Learning.Sent(verification, Desk.Key("south"), Channel.Sms, "SE", "46701740605", isFirst: false, _desk.Now);
            _desk.Learning.Converted(verification, _desk.Now.AddSeconds(10));
        }

        Assert.Equal(before, _desk.Rate("south"), 9);
    }

    [Fact]
    public void What_is_dropped_leaves_no_trace()
    {
        _desk.Live("north", 50);
        var verifications = Enumerable.Range(0, 30).Select(_ => _desk.Send("north")).ToList();
        _desk.Wait(TimeSpan.FromSeconds(10));

        foreach (var verification in verifications)
            _desk.Learning.Dropped(verification);
        _desk.Wait(TimeSpan.FromMinutes(11));

        Assert.False(_desk.IsDark("north"));
        Assert.Equal(0.9, _desk.Rate("north"), 0.05);
    }

    [Fact]
    public void Old_observations_fade()
    {
        _desk.Live("north", 300, convertedOfTen: 2);
        _desk.Clock.Advance(TimeSpan.FromHours(12));

        _desk.Live("north", 40, convertedOfTen: 9);

        Assert.InRange(_desk.Rate("north"), 0.75, 0.95);
    }

    [Fact]
    public void A_new_country_leans_on_the_carriers_others_and_soon_stands_on_its_own()
    {
        _desk.Live("north", 200, convertedOfTen: 9, country: "SE");
        var borrowed = _desk.Rate("north", "FR", "33639980001");

        _desk.Live("north", 60, convertedOfTen: 3, country: "FR", digits: "33639980001");

        Assert.InRange(borrowed, 0.8, 0.95);
        Assert.InRange(_desk.Rate("north", "FR", "33639980001"), 0.25, 0.5);
        Assert.InRange(_desk.Rate("north", "SE"), 0.85, 0.95);
    }

    [Fact]
    public void A_prefix_that_does_badly_is_told_from_its_country()
    {
        for (var i = 0; i < 3; i++)
        {
            _desk.Live("north", 200, convertedOfTen: 9, digits: "46701740605");
            _desk.Live("north", 100, convertedOfTen: 1, digits: "46730000000");
        }

        Assert.True(_desk.Rate("north", digits: "46701740605") > _desk.Rate("north", digits: "46730000000") + 0.2);
    }

    [Fact]
    public void E_mail_without_country_and_digits_is_learned_too()
    {
        for (var i = 0; i < 40; i++)
        {
            var verification = _desk.NewVerification();
            _desk.Learning.Sent(verification, Desk.Key("post"), Channel.Email, "", "", isFirst: true, _desk.Now);
            _desk.Learning.Converted(verification, _desk.Now.AddSeconds(30));
        }

        var score = Assert.Single(_desk.Learning.Scores(Desk.Account, _desk.Now));

        Assert.Equal(("post", null, null), (score.Carrier, score.Country, score.Prefix));
        Assert.True(score.Estimate > 0.9);
        Assert.Equal(40, score.Sends, 0.5);
        Assert.Equal(TimeSpan.FromSeconds(30), score.UsualWait);
    }

    [Fact]
    public void Another_account_sees_nothing_of_it()
    {
        _desk.Live("north", 20);

        Assert.Empty(_desk.Learning.Scores(Sid.Parse("AC000000000000000000000000000000b2", "AC"), _desk.Now));
    }

    [Fact]
    public void What_was_learned_survives_as_json()
    {
        _desk.Live("north", 200, convertedOfTen: 6, receipts: true);
        _desk.Live("south", 100, convertedOfTen: 9, country: "FR", digits: "33639980001");
        _desk.Wait(TimeSpan.FromMinutes(11));
        var json = JsonSerializer.Serialize(_desk.Learning.Snapshot());
        var restored = new Desk();
        restored.Clock.SetUtcNow(_desk.Now);

        restored.Learning.Restore(JsonSerializer.Deserialize<RouteScoreSnapshot>(json)!, _desk.Now);

        Assert.Equal(_desk.Learning.Scores(Desk.Account, _desk.Now), restored.Learning.Scores(Desk.Account, _desk.Now));
        Assert.Equal(_desk.Rate("north"), restored.Rate("north"), 9);
    }

    [Fact]
    public void What_was_learned_by_a_clock_that_ran_ahead_does_not_outweigh_what_is_learned_since()
    {
        var ahead = new RouteCellSnapshot { Account = Desk.Account.ToString(), Carrier = "north", Channel = Channel.Sms, Converted = 50, NotConverted = 0, At = _desk.Now.AddDays(1) };
        _desk.Learning.Restore(new RouteScoreSnapshot { Cells = [ahead] }, _desk.Now);
        _desk.Wait(TimeSpan.FromHours(12));

        _desk.Live("north", 300, convertedOfTen: 3);

        Assert.InRange(_desk.Rate("north"), 0.2, 0.4);
    }

    [Fact]
    public void A_snapshot_without_cells_is_one_of_none()
    {
        _desk.Learning.Restore(JsonSerializer.Deserialize<RouteScoreSnapshot>("""{"Cells":null}""")!, _desk.Now);

        Assert.Empty(_desk.Learning.Scores(Desk.Account, _desk.Now));
    }

    [Fact]
    public void A_damaged_snapshot_harms_nothing()
    {
        var good = new RouteCellSnapshot { Account = Desk.Account.ToString(), Carrier = "north", Channel = Channel.Sms, Converted = 30, NotConverted = 10, At = _desk.Now };
        RouteScoreSnapshot snapshot = new()
        {
            Cells = [good, good with { Carrier = "a", Converted = double.NaN }, good with { Carrier = "b", NotConverted = -1 }, good with { Account = "nobody" }, good with { Carrier = "c", CodeTimes = [1, 2] }],
        };

        _desk.Learning.Restore(snapshot, _desk.Now);

        Assert.Equal(["c", "north"], _desk.Learning.Scores(Desk.Account, _desk.Now).Select(static score => score.Carrier).Order());
        Assert.InRange(_desk.Rate("north"), 0.7, 0.8);
    }

    [Fact]
    public void A_million_keys_are_not_all_remembered_and_the_used_ones_stay()
    {
        var desk = new Desk(options: new RouteLearningOptions { MaxCells = 5_000, MaxPending = 2_000 });
        desk.Live("north", 100);

        for (var i = 0; i < 1_000_000; i++)
        {
            if (i % 20_000 == 0)
                desk.Live("north", 5);
            desk.Learning.Sent(desk.NewVerification(), Desk.Key($"carrier-{i % 50}"), Channel.Sms, "US", $"1{i}0000", isFirst: true, desk.Now);
        }

        var (cells, pending) = desk.Learning.Size;
        Assert.InRange(cells, 1, 5_000);
        Assert.InRange(pending, 1, 2_000);
        Assert.InRange(desk.Rate("north"), 0.8, 1);
    }

    [Fact]
    public void Whatever_comes_in_whatever_order_rates_stay_rates()
    {
        var step = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7], Gen.Int[-5, 200], Gen.Int[0, 2]);
        step.List[0, 200].Sample(steps =>
        {
            var desk = new Desk(options: new RouteLearningOptions { MaxCells = 100, MaxPending = 6 });
            var verifications = Enumerable.Range(0, 8).Select(_ => desk.NewVerification()).ToArray();
            var now = desk.Now;

            foreach (var (kind, which, seconds, carrier) in steps)
            {
                now = now.AddSeconds(seconds);
                var key = Desk.Key($"carrier-{carrier}");
                switch (kind)
                {
                    case 0 or 1: desk.Learning.Sent(verifications[which], key, Channel.Sms, "SE", "46701740605", isFirst: kind == 0, now); break;
                    case 2: desk.Learning.Received(verifications[which], delivered: seconds % 2 == 0, now); break;
                    case 3: desk.Learning.Converted(verifications[which], now); break;
                    case 4: desk.Learning.Dropped(verifications[which]); break;
                    case 5: desk.Learning.LookAt(now); break;
                    case 6: Hear(desk.Learning, (byte)(NewsWriter.RouteConverted + (seconds & 3)), verifications[which], now); break;
                    default:
                        using (desk.Learning.HandOver(verifications[which], isFirst: seconds % 2 == 0))
                        {
                            Hear(desk.Learning, (byte)(NewsWriter.RouteConverted + (seconds & 3)), verifications[which], now);
                            desk.Learning.Sent(verifications[which], key, Channel.Sms, "SE", "46701740605", isFirst: seconds % 2 == 0, now);
                        }

                        break;
                }

                foreach (var rate in desk.Learning.Rates(Desk.Account, ["carrier-0", "carrier-1", "carrier-2"], Channel.Sms, "SE", "46701740605", now))
                {
                    Assert.True(double.IsFinite(rate.Hits) && rate.Hits > 0);
                    Assert.True(double.IsFinite(rate.Misses) && rate.Misses > 0);
                }
            }

            now = now.AddMinutes(30);
            Assert.All(desk.Learning.Scores(Desk.Account, now), static score => Assert.Equal(0, score.Waiting));
            Assert.Equal(0, desk.Learning.HandOverCount);
        });

        static void Hear(IGuardHearer learning, byte kind, Sid verification, DateTimeOffset now)
        {
            var news = new byte[24];
            verification.WriteTo(news);
            learning.Hear(kind, news, now);
        }
    }
}
