using Countersign.Core.Routing;
using CsCheck;

namespace Countersign.Core.Tests.Routing;

public sealed class CarrierBreakerTests
{
    static readonly DateTimeOffset Start = Desk.Start;
    static readonly ProbeIntervals Intervals = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10));

    [Fact]
    public void Probes_come_after_30_s_and_then_half_as_often_each_time_up_to_every_10_min()
    {
        var breaker = default(CarrierBreaker).Open(Start, Intervals);
        var probes = new List<double>();

        for (var second = 0; second < 3_600; second++)
        {
            if (breaker.Probe(Start.AddSeconds(second), Intervals) is { } probed)
            {
                probes.Add(second);
                breaker = probed;
            }
        }

        Assert.Equal([30, 90, 210, 450, 930, 1530, 2130, 2730, 3330], probes);
    }

    [Fact]
    public void A_carrier_that_soon_falls_back_waits_on_where_it_stopped()
    {
        var breaker = default(CarrierBreaker).Open(Start, Intervals);
        breaker = breaker.Probe(Start.AddSeconds(30), Intervals)!.Value.Close(Start.AddSeconds(50));

        var soon = breaker.Open(Start.AddSeconds(60), Intervals);
        var late = breaker.Open(Start.AddMinutes(20), Intervals);

        Assert.Equal(Start.AddSeconds(60 + 120), soon.NextProbeAt);
        Assert.Equal(Start.AddMinutes(20).AddSeconds(30), late.NextProbeAt);
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_keep_it_from_being_asked()
    {
        var breaker = default(CarrierBreaker).Open(Start.AddHours(1), Intervals);

        // A caller may have read the clock before the one that opened it.
        Assert.False(breaker.IsDue(Start.AddHours(1).AddSeconds(-1)));
        var probed = breaker.Probe(Start, Intervals)!.Value;

        Assert.Equal(Start.AddSeconds(60), probed.NextProbeAt);
        Assert.Null(probed.Probe(Start.AddSeconds(59), Intervals));
        Assert.Equal(TimeSpan.FromSeconds(30), breaker.Close(Start.AddHours(1)).Open(Start, Intervals).Interval);
    }

    [Fact]
    public void It_does_what_a_list_of_what_happened_says()
    {
        var step = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 400], static (kind, seconds) => (Kind: kind, Seconds: seconds));
        step.List[0, 60].Sample(steps =>
        {
            var model = new Model();
            var breaker = default(CarrierBreaker);
            var now = Start;

            foreach (var (kind, seconds) in steps)
            {
                now = now.AddSeconds(seconds);
                var expected = model.Play(kind, (now - Start).TotalSeconds);
                var let = false;
                switch (kind)
                {
                    case 0: breaker = breaker.Open(now, Intervals); break;
                    case 1: breaker = breaker.Close(now); break;
                    default:
                        if (breaker.Probe(now, Intervals) is { } probed)
                            (breaker, let) = (probed, true);
                        break;
                }

                Assert.Equal(expected, (breaker.IsOpen, let));
            }
        });
    }

    /// <summary>The rules as they are documented, in whole seconds: 30, 60, 120 … 600; who falls back within 600 goes on where it was.</summary>
    sealed class Model
    {
        bool _open;
        double _interval, _next, _closedAt = double.NegativeInfinity;

        public (bool IsOpen, bool Let) Play(int kind, double now)
        {
            var let = false;
            if (kind == 0 && !_open)
            {
                _interval = now - _closedAt < 600 ? Math.Min(600, _interval * 2) : 30;
                (_open, _next) = (true, now + _interval);
            }
            else if (kind == 1 && _open)
            {
                (_open, _closedAt) = (false, now);
            }
            else if (kind == 2 && _open && now >= _next)
            {
                _interval = Math.Min(600, _interval * 2);
                (_next, let) = (now + _interval, true);
            }

            return (_open, let);
        }
    }
}
