using Countersign.Core.Routing;

namespace Countersign.Core.Tests.Routing;

public sealed class CarrierHealthTests
{
    static readonly DateTimeOffset Start = Desk.Start;
    static readonly CarrierKey North = Desk.Key("north");

    readonly CarrierHealth _health = new();

    [Fact]
    public void Five_faults_in_a_row_open_the_breaker()
    {
        for (var i = 0; i < 4; i++)
            _health.Failed(North, carrierFault: true, Start.AddSeconds(i));
        var after4 = _health.Judge(North, "SE", Start.AddSeconds(4)).MayBeAsked;
        _health.Failed(North, carrierFault: true, Start.AddSeconds(4));

        var after5 = _health.Judge(North, "SE", Start.AddSeconds(5));

        Assert.True(after4);
        Assert.False(after5.MayBeAsked);
        Assert.NotEmpty(after5.Reason);
    }

    [Fact]
    public void Every_second_message_failing_opens_it_too()
    {
        for (var i = 0; i < 16; i++)
        {
            _health.Succeeded(North, Start.AddSeconds(i), TimeSpan.FromMilliseconds(200));
            _health.Failed(North, carrierFault: true, Start.AddSeconds(i));
        }

        Assert.False(_health.Judge(North, "SE", Start.AddSeconds(16)).MayBeAsked);
    }

    [Fact]
    public void A_late_answer_to_what_was_sent_before_it_broke_does_not_close_it()
    {
        Break();

        _health.Succeeded(North, Start.AddSeconds(6), TimeSpan.FromSeconds(7));

        Assert.False(_health.Judge(North, "SE", Start.AddSeconds(7)).MayBeAsked);
    }

    [Fact]
    public void Numbers_that_are_refused_are_no_fault_of_the_carrier()
    {
        for (var i = 0; i < 100; i++)
            _health.Failed(North, carrierFault: false, Start.AddSeconds(i));

        Assert.Equal((true, ""), (_health.Judge(North, "SE", Start.AddSeconds(100)).MayBeAsked, _health.Judge(North, "SE", Start.AddSeconds(100)).Reason));
    }

    [Fact]
    public void A_fault_now_and_then_opens_nothing()
    {
        for (var i = 0; i < 200; i++)
        {
            _health.Failed(North, carrierFault: true, Start.AddMinutes(i));
            for (var j = 0; j < 3; j++)
                _health.Succeeded(North, Start.AddMinutes(i).AddSeconds(j + 1), TimeSpan.FromMilliseconds(100));
            Assert.True(_health.Judge(North, "SE", Start.AddMinutes(i).AddSeconds(10)).MayBeAsked);
        }
    }

    [Fact]
    public void An_answer_closes_it()
    {
        Break();

        _health.Succeeded(North, Start.AddSeconds(30), TimeSpan.FromMilliseconds(90));

        Assert.True(_health.Judge(North, "SE", Start.AddSeconds(30)).MayBeAsked);
        Assert.DoesNotContain(_health.States(Start.AddSeconds(30)), static state => state.IsOpen);
    }

    [Fact]
    public void One_of_many_gets_the_probe()
    {
        Break();
        var due = Start.AddSeconds(60);

        var taken = Enumerable.Range(0, 5).Count(_ => _health.TryProbe(North, "SE", due));

        Assert.Equal(1, taken);
        Assert.False(_health.Judge(North, "SE", due).MayBeAsked);
    }

    [Fact]
    public void A_country_that_is_dark_leaves_the_others_alone()
    {
        _health.WentDark(North, "SE", Start);

        Assert.False(_health.Judge(North, "SE", Start).MayBeAsked);
        Assert.True(_health.Judge(North, "FR", Start).MayBeAsked);
        Assert.True(_health.Judge(Desk.Key("south"), "SE", Start).MayBeAsked);
    }

    [Fact]
    public void Another_accounts_carrier_of_the_same_name_is_another_carrier()
    {
        Break();
        var other = new CarrierKey(Sid.Parse("AC000000000000000000000000000000b2", "AC"), "north");

        Assert.True(_health.Judge(other, "SE", Start.AddSeconds(5)).MayBeAsked);
    }

    [Fact]
    public void What_is_open_is_told_of_one_account_alone_with_its_country_and_also_while_a_probe_is_due()
    {
        Break();
        _health.WentDark(North, "SE", Start);
        _health.WentDark(Desk.Key("south"), "FR", Start);
        _health.WentDark(Desk.Key("west"), "FR", Start);
        _health.CameBack(Desk.Key("west"), "FR", Start);
        _health.WentDark(new CarrierKey(Sid.Parse("AC000000000000000000000000000000b2", "AC"), "north"), "", Start);
        Assert.True(_health.Judge(North, "DE", Start.AddMinutes(1)).MayBeAsked);

        Assert.Equal(
            [("north", null, "it did not take the last messages"), ("north", "SE", "it took messages for this country but no codes came back"), ("south", "FR", "it took messages for this country but no codes came back")],
            _health.Open(North.Account).Select(static breaker => (breaker.Carrier, breaker.Country, breaker.Reason)));
    }

    [Fact]
    public void A_carrier_that_refuses_says_what_went_wrong_last_also_to_those_who_plan()
    {
        Break();
        _health.Failed(North, carrierFault: true, Start.AddSeconds(5), "timeout");
        _health.Failed(North, carrierFault: true, Start.AddSeconds(6), "carrier_fault, the carrier's code: 20503");

        Assert.Equal("it did not take the last messages (carrier_fault, the carrier's code: 20503)", Assert.Single(_health.Open(North.Account)).Reason);
        Assert.Equal("it did not take the last messages (carrier_fault, the carrier's code: 20503)", _health.Judge(North, "SE", Start.AddSeconds(6)).Reason);
    }

    [Fact]
    public void States_say_since_when_and_when_the_next_message_goes_through()
    {
        Break();

        var state = Assert.Single(_health.States(Start.AddSeconds(5)), static state => state.IsOpen);

        Assert.Equal(BreakerKind.Refusing, state.Kind);
        Assert.Equal(Start.AddSeconds(4), state.Since);
        Assert.Equal(Start.AddSeconds(19), state.NextProbeAt);
    }

    [Fact]
    public void Carriers_without_end_are_not_all_remembered()
    {
        _health.WentDark(North, "", Start);
        for (var i = 0; i < 200_000; i++)
            _health.Succeeded(new CarrierKey(Desk.Account, $"carrier-{i}"), Start.AddSeconds(i), TimeSpan.Zero);

        Assert.InRange(_health.Count, 1, CarrierHealth.MostCarriers);
        Assert.Contains(_health.States(Start), static state => state.IsOpen && state.Carrier == North);
    }

    void Break()
    {
        for (var i = 0; i < 5; i++)
            _health.Failed(North, carrierFault: true, Start.AddSeconds(i));
    }
}
