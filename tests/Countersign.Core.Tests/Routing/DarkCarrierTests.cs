using Countersign.Core.Channels;

namespace Countersign.Core.Tests.Routing;

public sealed class DarkCarrierTests
{
    readonly Desk _desk = new();

    [Fact]
    public void A_carrier_that_swallows_messages_is_noticed_within_a_minute()
    {
        _desk.Live("north", 200);

        var start = _desk.Now;
        while (!_desk.IsDark("north") && _desk.Now < start.AddMinutes(1))
        {
            _desk.Send("north");
            _desk.Wait(TimeSpan.FromSeconds(5));
        }

        Assert.True(_desk.IsDark("north"));
        Assert.False(_desk.Health.Judge(Desk.Key("north"), "FR", _desk.Now).MayBeAsked);
    }

    [Fact]
    public void Missing_receipts_are_noticed_before_missing_codes()
    {
        var (with, without) = (new Desk(), new Desk());
        with.Live("north", 200, receipts: true);
        without.Live("north", 200, receipts: false);

        Assert.True(SecondsUntilDark(with) < SecondsUntilDark(without));

        static double SecondsUntilDark(Desk desk)
        {
            var start = desk.Now;
            while (!desk.IsDark("north") && desk.Now < start.AddMinutes(5))
            {
                desk.Send("north");
                desk.Wait(TimeSpan.FromSeconds(3));
            }

            return (desk.Now - start).TotalSeconds;
        }
    }

    [Fact]
    public void Receipts_that_come_late_while_codes_are_typed_back_mean_nothing()
    {
        _desk.Live("north", 300, receipts: true);

        _desk.Live("north", 100, receipts: false);

        Assert.False(_desk.IsDark("north"));
    }

    [Fact]
    public void Receipts_of_delivery_do_not_hide_that_no_code_comes_back()
    {
        _desk.Live("north", 200, receipts: true);

        for (var i = 0; i < 20; i++)
        {
            _desk.Learning.Received(_desk.Send("north"), delivered: true, _desk.Now);
            _desk.Wait(TimeSpan.FromSeconds(5));
        }

        Assert.True(_desk.IsDark("north"));
    }

    [Fact]
    public void One_country_going_dark_is_told_from_the_carrier()
    {
        for (var i = 0; i < 10; i++)
        {
            _desk.Live("north", 20, country: "SE");
            _desk.Live("north", 20, country: "FR", digits: "33639980001");
        }

        for (var i = 0; i < 20; i++)
        {
            _desk.Send("north", "FR", "33639980001");
            _desk.Live("north", 1, country: "SE");
        }

        Assert.True(_desk.IsDark("north", "FR"));
        Assert.False(_desk.IsDark("north"));
        Assert.False(_desk.IsDark("north", "SE"));
    }

    [Fact]
    public void A_carrier_that_always_converted_badly_is_not_called_dark_for_it()
    {
        _desk.Live("north", 400, convertedOfTen: 2);

        for (var i = 0; i < 8; i++)
        {
            _desk.Send("north");
            _desk.Wait(TimeSpan.FromSeconds(5));
        }

        Assert.False(_desk.IsDark("north"));
    }

    [Fact]
    public void A_healthy_carrier_hardly_ever_gives_a_false_alarm()
    {
        var random = new Random(5);
        var opened = 0;
        var waiting = new PriorityQueue<Sid, DateTimeOffset>();
        for (var second = 0; second < 60_000; second++)
        {
            _desk.Clock.Advance(TimeSpan.FromSeconds(1));
            while (waiting.TryPeek(out var verification, out var at) && at <= _desk.Now)
            {
                waiting.Dequeue();
                _desk.Learning.Converted(verification, _desk.Now);
            }

            var wasDark = _desk.IsDark("north");
            var sent = _desk.Send("north");
            if (random.NextDouble() < 0.85)
                waiting.Enqueue(sent, _desk.Now.AddSeconds(5 + (-20 * Math.Log(1 - random.NextDouble()))));
            opened += !wasDark && _desk.IsDark("north") ? 1 : 0;
        }

        // 60,000 sends make some 50,000 runs, each of which is called dark with a probability of at most 1 in 10,000.
        Assert.InRange(opened, 0, 10);
    }

    [Fact]
    public void A_probe_whose_code_is_typed_back_closes_the_breaker()
    {
        GoDark();
        _desk.Wait(TimeSpan.FromSeconds(40));

        var probe = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(15));
        _desk.Learning.Converted(probe, _desk.Now);

        Assert.False(_desk.IsDark("north"));
    }

    [Fact]
    public void A_late_code_from_before_the_silence_does_not()
    {
        _desk.Live("north", 200);
        var late = _desk.Send("north");
        GoDark(live: false);

        _desk.Learning.Converted(late, _desk.Now);

        Assert.True(_desk.IsDark("north"));
    }

    [Fact]
    public void A_code_after_a_resend_proves_that_the_only_carrier_lives()
    {
        GoDark();
        var verification = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(30));
        _desk.Learning.Sent(verification, Desk.Key("north"), Channel.Sms, "SE", "46701740605", isFirst: false, _desk.Now);

        _desk.Learning.Converted(verification, _desk.Now.AddSeconds(10));

        Assert.False(_desk.IsDark("north"));
    }

    [Fact]
    public void A_code_after_a_resend_by_another_carrier_proves_nothing_of_the_first()
    {
        GoDark();
        var verification = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(30));
        _desk.Learning.Sent(verification, Desk.Key("south"), Channel.Sms, "SE", "46701740605", isFirst: false, _desk.Now);

        _desk.Learning.Converted(verification, _desk.Now.AddSeconds(10));

        Assert.True(_desk.IsDark("north"));
    }

    [Fact]
    public void A_carrier_that_swallows_nothing_but_resends_is_noticed_too()
    {
        for (var i = 0; i < 60; i++)
            _desk.Learning.Converted(AskAgain(), _desk.Now);
        var healthy = _desk.IsDark("south");

        for (var i = 0; i < 15; i++)
            AskAgain();

        Assert.False(healthy);
        Assert.True(_desk.IsDark("south"));
    }

    Sid AskAgain()
    {
        var verification = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(30));
        _desk.Learning.Sent(verification, Desk.Key("south"), Channel.Sms, "SE", "46701740605", isFirst: false, _desk.Now);
        _desk.Wait(TimeSpan.FromSeconds(15));
        return verification;
    }

    void GoDark(bool live = true)
    {
        if (live)
            _desk.Live("north", 200);
        for (var i = 0; i < 12; i++)
        {
            _desk.Send("north");
            _desk.Wait(TimeSpan.FromSeconds(5));
        }

        Assert.True(_desk.IsDark("north"));
    }
}
