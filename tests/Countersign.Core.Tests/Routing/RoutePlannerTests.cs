using Countersign.Core.Routing;
using CsCheck;

namespace Countersign.Core.Tests.Routing;

public sealed class RoutePlannerTests
{
    static readonly string[] Three = ["north", "south", "west"];

    readonly Desk _desk = new();

    [Fact]
    public void Without_a_route_carriers_stand_in_the_order_of_their_creation()
    {
        var plan = _desk.Planner.Plan(Desk.Request(null, Three));

        Assert.Equal(Three, Names(plan));
        Assert.Null(plan.RouteName);
        Assert.Equal(RouteStrategy.Ordered, plan.Strategy);
        Assert.Contains("1 of 3", plan.Choices[0].Reason);
    }

    [Fact]
    public void An_ordered_route_keeps_its_own_order_and_leaves_out_what_is_not_available()
    {
        var route = Desk.Adaptive(Desk.Carrier("west"), Desk.Carrier("gone"), Desk.Carrier("north")) with { Strategy = RouteStrategy.Ordered };

        var plan = _desk.Planner.Plan(Desk.Request(route, Three));

        Assert.Equal(["west", "north"], Names(plan));
        Assert.Equal("texts", plan.RouteName);
    }

    [Fact]
    public void No_carrier_makes_an_empty_plan() => Assert.Empty(_desk.Planner.Plan(Desk.Request(null)).Choices);

    [Fact]
    public void Weights_are_shares()
    {
        var route = Desk.Adaptive(Desk.Carrier("north", weight: 6), Desk.Carrier("south", weight: 3), Desk.Carrier("west", weight: 1)) with { Strategy = RouteStrategy.Weighted };

        var firsts = Enumerable.Range(0, 10_000).Select(_ => Names(_desk.Planner.Plan(Desk.Request(route, Three)))[0]).CountBy(static name => name).ToDictionary();

        Assert.InRange(firsts["north"], 5_800, 6_200);
        Assert.InRange(firsts["south"], 2_800, 3_200);
        Assert.InRange(firsts["west"], 900, 1_100);
    }

    [Fact]
    public void Adaptive_goes_where_codes_are_typed_back()
    {
        _desk.Live("north", 150, convertedOfTen: 6);
        _desk.Live("south", 150, convertedOfTen: 9);
        _desk.Live("west", 150, convertedOfTen: 7);

        var firsts = Firsts(Desk.Adaptive([.. Three.Select(static name => Desk.Carrier(name))]));

        Assert.InRange(firsts.GetValueOrDefault("south"), 980, 1_000);
    }

    [Fact]
    public void Among_the_equally_good_the_cheapest_goes_first()
    {
        foreach (var carrier in Three)
            _desk.Live(carrier, 900, convertedOfTen: 9);

        var firsts = Firsts(Desk.Adaptive(Desk.Carrier("north", 0.08m), Desk.Carrier("south", 0.02m), Desk.Carrier("west", 0.08m)));

        Assert.True(firsts["south"] > 2 * firsts.GetValueOrDefault("north"));
        Assert.True(firsts["south"] > 2 * firsts.GetValueOrDefault("west"));
    }

    [Fact]
    public void A_price_does_not_make_up_for_codes_that_do_not_arrive()
    {
        _desk.Live("north", 300, convertedOfTen: 9);
        _desk.Live("south", 300, convertedOfTen: 7);

        var firsts = Firsts(Desk.Adaptive(Desk.Carrier("north", 1.00m), Desk.Carrier("south", 0.01m)));

        Assert.InRange(firsts["north"], 990, 1_000);
    }

    [Fact]
    public void Exploration_reaches_the_worst_as_well()
    {
        _desk.Live("north", 300, convertedOfTen: 9);
        _desk.Live("south", 300, convertedOfTen: 1);
        var route = Desk.Adaptive(Desk.Carrier("north"), Desk.Carrier("south")) with { Exploration = 0.2 };

        var firsts = Firsts(route);

        Assert.InRange(firsts["south"], 70, 130);
    }

    [Fact]
    public void Nobody_explores_with_a_person_who_asks_again()
    {
        _desk.Live("north", 300, convertedOfTen: 9);
        _desk.Live("south", 300, convertedOfTen: 1);
        var route = Desk.Adaptive(Desk.Carrier("north"), Desk.Carrier("south")) with { Exploration = 0.2 };

        var firsts = Firsts(route, new PreviousSend("gone", _desk.Now, Delivered: false, Failed: false));

        Assert.Equal(1_000, firsts["north"]);
    }

    [Theory]
    [InlineData(21, false, false, "south")]
    [InlineData(19, false, false, "north")]
    [InlineData(300, true, false, "north")]
    [InlineData(1, false, true, "south")]
    public void A_carrier_from_which_this_person_got_nothing_goes_to_the_end(int secondsAgo, bool delivered, bool failed, string first)
    {
        var request = Desk.Request(null, Three) with { Previous = [new PreviousSend("north", _desk.Now.AddSeconds(-secondsAgo), delivered, failed)] };

        var plan = _desk.Planner.Plan(request);

        Assert.Equal(first, plan.Choices[0].Carrier);
        Assert.Equal(3, plan.Choices.Count);
        Assert.Equal(first == "south", plan.Choices.Single(static choice => choice.Carrier == "north").Reason.Contains("sent before"));
    }

    [Fact]
    public void A_refusing_carrier_goes_last_and_the_reason_says_so()
    {
        Break("north");

        var plan = _desk.Planner.Plan(Desk.Request(null, Three));

        Assert.Equal(["south", "west", "north"], Names(plan));
        Assert.Contains("did not take", plan.Choices[2].Reason);
    }

    [Fact]
    public void A_refusing_carrier_goes_behind_one_that_only_this_person_got_nothing_from()
    {
        Break("south");
        var request = Desk.Request(null, "north", "south") with { Previous = [new PreviousSend("north", _desk.Now.AddMinutes(-1), false, false)] };

        Assert.Equal(["north", "south"], Names(_desk.Planner.Plan(request)));
    }

    [Fact]
    public void When_a_probe_is_due_one_message_goes_to_the_carrier_and_no_more()
    {
        Break("north");
        _desk.Clock.Advance(TimeSpan.FromSeconds(20));

        var plans = Enumerable.Range(0, 4).Select(_ => _desk.Planner.Plan(Desk.Request(null, Three))).ToList();

        Assert.Equal(["north", "south", "south", "south"], plans.Select(static plan => plan.Choices[0].Carrier));
        Assert.Contains("probe", plans[0].Choices[0].Reason);
    }

    [Fact]
    public void Who_only_looks_sees_the_probe_and_leaves_it_to_the_next_message()
    {
        Break("north");
        _desk.Clock.Advance(TimeSpan.FromSeconds(20));

        var looks = Enumerable.Range(0, 4).Select(_ => _desk.Planner.Plan(Desk.Request(null, Three) with { IsOnlyAsked = true })).ToList();

        Assert.All(looks, plan => Assert.Contains("probe", plan.Choices[0].Reason));
        Assert.Equal(["north", "south"], Enumerable.Range(0, 2).Select(_ => _desk.Planner.Plan(Desk.Request(null, Three)).Choices[0].Carrier));
    }

    [Fact]
    public void A_person_who_asks_again_is_no_probe()
    {
        Break("north");
        _desk.Clock.Advance(TimeSpan.FromSeconds(20));
        var request = Desk.Request(null, Three) with { Previous = [new PreviousSend("west", _desk.Now.AddMinutes(-1), false, false)] };

        Assert.Equal(["south", "west", "north"], Names(_desk.Planner.Plan(request)));
    }

    [Fact]
    public void A_dark_carrier_is_left_by_adaptive_and_comes_back_by_its_probe()
    {
        _desk.Live("north", 300, convertedOfTen: 9);
        _desk.Live("south", 300, convertedOfTen: 7);
        var route = Desk.Adaptive(Desk.Carrier("north"), Desk.Carrier("south"));
        for (var i = 0; i < 10; i++)
        {
            _desk.Send("north");
            _desk.Wait(TimeSpan.FromSeconds(4));
        }

        var dark = Firsts(route, times: 50);
        _desk.Clock.Advance(TimeSpan.FromSeconds(35));
        var probed = Firsts(route, times: 50);
        var probe = _desk.Send("north");
        _desk.Wait(TimeSpan.FromSeconds(15));
        _desk.Learning.Converted(probe, _desk.Now);

        Assert.Equal(50, dark["south"]);
        Assert.Equal(1, probed.GetValueOrDefault("north"));
        Assert.True(Firsts(route, times: 50)["north"] > 40);
    }

    [Fact]
    public void A_reason_says_the_numbers_that_decided()
    {
        _desk.Live("north", 200, convertedOfTen: 9);

        var reason = _desk.Planner.Plan(Desk.Request(Desk.Adaptive(Desk.Carrier("north", 0.0075m)), Three)).Choices[0].Reason;

        Assert.Matches(@"^codes typed back (8|9)\d\.\d% of about \d+ first sends, drawn 0\.\d{3}, cost 0\.0075, the highest\.$", reason);
    }

    [Fact]
    public void A_reason_holds_nothing_of_the_number()
    {
        _desk.Live("north", 50);
        foreach (var strategy in Enum.GetValues<RouteStrategy>())
        {
            var plan = _desk.Planner.Plan(Desk.Request(Desk.Adaptive(Desk.Carrier("north"), Desk.Carrier("south")) with { Strategy = strategy }, Three));

            Assert.All(plan.Choices, static choice => Assert.DoesNotContain("4670", choice.Reason));
        }
    }

    [Fact]
    public void Every_plan_is_a_permutation_of_what_the_route_has_available_and_the_same_bytes_make_the_same_plan()
    {
        var name = Gen.Int[0, 7].Select(static i => $"carrier-{i}");
        var carrier = Gen.Select(name, Gen.Int[1, 1_000], Gen.Double[0, 1], static (name, weight, cost) => Desk.Carrier(name, cost < 0.2 ? null : (decimal)cost, weight));
        var world = Gen.Select(carrier.List[0, 8], name.List[0, 8], Gen.Int[0, 3], Gen.Int[0, 1_000_000], Gen.Int.List[0, 40], Gen.Int[0, 2]);
        world.Sample(
            made =>
            {
                var (carriers, available, strategy, seed, happenings, sent) = made;
                var route = strategy == 0 ? null : Desk.Adaptive([.. carriers]) with { Strategy = (RouteStrategy)strategy, Exploration = 0.2 };
                var expected = (route is null ? available : carriers.Select(static carrier => carrier.Name).Where(available.Contains)).Distinct().Order();

                var (first, second) = (Plan(), Plan());

                Assert.Equal(expected, Names(first).Order());
                Assert.Equal(first.Choices, second.Choices);

                RoutePlan Plan()
                {
                    var desk = new Desk(seed);
                    foreach (var happening in happenings)
                        Happen(desk, happening);
                    return desk.Planner.Plan(Desk.Request(route, [.. available]) with
                    {
                        Previous = [.. Enumerable.Range(0, sent).Select(i => new PreviousSend($"carrier-{i}", desk.Now.AddSeconds(-30), false, false))],
                    });
                }
            },
            iter: 2_000);
    }

    static void Happen(Desk desk, int happening)
    {
        var carrier = $"carrier-{(uint)happening % 8}";
        switch ((uint)happening / 8 % 5)
        {
            case 0: desk.Send(carrier); break;
            case 1: desk.Learning.Converted(desk.Send(carrier), desk.Now.AddSeconds(9)); break;
            case 2: desk.Health.Failed(Desk.Key(carrier), carrierFault: true, desk.Now); break;
            case 3: desk.Health.WentDark(Desk.Key(carrier), (happening & 1) == 0 ? "" : "SE", desk.Now); break;
            default: desk.Clock.Advance(TimeSpan.FromSeconds(11)); break;
        }
    }

    Dictionary<string, int> Firsts(Route route, PreviousSend? previous = null, int times = 1_000) =>
        Enumerable.Range(0, times)
            .Select(_ => _desk.Planner.Plan(Desk.Request(route, Three) with { Previous = previous is null ? [] : [previous] }).Choices[0].Carrier)
            .CountBy(static name => name).ToDictionary();

    void Break(string carrier)
    {
        for (var i = 0; i < 5; i++)
            _desk.Health.Failed(Desk.Key(carrier), carrierFault: true, _desk.Now);
    }

    static List<string> Names(RoutePlan plan) => [.. plan.Choices.Select(static choice => choice.Carrier)];
}
