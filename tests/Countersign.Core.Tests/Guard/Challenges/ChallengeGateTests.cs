using Countersign.Core.Guard.Challenges;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Challenges;

public sealed class ChallengeGateTests
{
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly MemoryVerificationStore _store;
    readonly ChallengedNode _node;

    public ChallengeGateTests()
    {
        _store = new MemoryVerificationStore(_time);
        _node = new ChallengedNode(_store, _time);
    }

    [Fact]
    public async Task A_solution_lets_one_start_through_and_one_repetition_of_it()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        Assert.Empty(_store.Sends);

        var first = await _node.SentAsync(Desk.Ann, solution);
        var second = await _node.SentAsync(Desk.Ann);

        Assert.Equal(first.Sid, second.Sid);
        await _node.AskedAsync(Desk.Ann);
        var fresh = await _node.AskedAsync(Desk.Ann, solution, "used");
        Assert.Equal(2, _store.Sends.Count);
        await _node.SentAsync(Desk.Ann, Work.Payload(fresh));
    }

    [Fact]
    public async Task Two_kinds_of_doubt_are_one_piece_of_work()
    {
        _node.AsksTwice = true;

        await _node.SentAsync(Desk.Ann, Work.Payload(await _node.AskedAsync(Desk.Ann)));
    }

    [Fact]
    public async Task It_is_for_its_destination_and_service_alone()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));

        await _node.AskedAsync(Desk.Bob, solution, "other_destination");
        var mine = _node.Service;
        _node.Service = mine with { Sid = Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA") };
        await _node.AskedAsync(Desk.Ann, solution, "wrong");
        _node.Service = mine;
        await _node.AskedAsync(Desk.Ann, "?", "malformed");

        await _node.SentAsync(Desk.Ann, solution);
    }

    [Fact]
    public async Task After_ten_minutes_it_has_expired()
    {
        var (ann, bob) = (Work.Payload(await _node.AskedAsync(Desk.Ann)), Work.Payload(await _node.AskedAsync(Desk.Bob)));

        _time.Advance(Challenge.Lifetime - Second);
        await _node.SentAsync(Desk.Ann, ann);
        _time.Advance(Second);

        await _node.AskedAsync(Desk.Bob, bob, "expired");
        // The repetition lives no longer than the challenge that it comes of.
        await _node.AskedAsync(Desk.Ann, ann, "expired");
    }

    [Fact]
    public async Task A_clock_that_is_set_back_revives_nothing_and_locks_nobody_out()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        await _node.SentAsync(Desk.Ann, solution);
        await _node.SentAsync(Desk.Ann);
        _time.Advance(Challenge.Lifetime);
        await _node.AskedAsync(Desk.Ann, solution, "expired");
        _time.AdjustTime(Desk.Opening.AddHours(-1));

        await _node.AskedAsync(Desk.Ann, solution, "expired");
        await _node.SentAsync(Desk.Bob, Work.Payload(await _node.AskedAsync(Desk.Bob)));
    }

    [Fact]
    public async Task Nodes_whose_clocks_differ_take_each_others_challenges()
    {
        var behind = new ChallengedNode(_store, new FakeTimeProvider(Desk.Opening.AddMinutes(-5)), seed: 2);

        await behind.SentAsync(Desk.Ann, Work.Payload(await _node.AskedAsync(Desk.Ann)));
        await _node.SentAsync(Desk.Bob, Work.Payload(await behind.AskedAsync(Desk.Bob)));
    }

    [Fact]
    public async Task Work_that_came_to_nothing_is_not_lost()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        _node.RefusesLater = true;
        Assert.Equal("later", Assert.IsType<CreateVerificationResult.Refused>(await _node.StartAsync(Desk.Ann, solution)).Refusal.Reason);
        Assert.Equal(0, _node.Spent.Count);
        _node.RefusesLater = false;

        await _node.SentAsync(Desk.Ann, solution);
        _node.RefusesLater = true;
        await _node.StartAsync(Desk.Ann);
        _node.RefusesLater = false;
        await _node.SentAsync(Desk.Ann);
    }

    [Fact]
    public async Task A_solution_that_was_handed_in_lets_the_next_start_through_once()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        Assert.Equal(new HandedIn(null, Desk.Opening + Challenge.Lifetime), await _node.HandInAsync(solution));
        await _node.AskedAsync(Desk.Bob);
        _node.RefusesLater = true;
        await _node.StartAsync(Desk.Ann);
        _node.RefusesLater = false;

        await _node.SentAsync(Desk.Ann);

        Assert.Equal(ChallengeProblem.Used, (await _node.HandInAsync(solution)).Problem);
        await _node.SentAsync(Desk.Ann);
        await _node.AskedAsync(Desk.Ann);
        await _node.AskedAsync(Desk.Ann, solution, "used");
    }

    [Fact]
    public async Task Handing_in_twice_or_in_both_ways_buys_no_more()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        for (var i = 0; i < 3; i++)
        {
            Assert.Null((await _node.HandInAsync(solution)).Problem);
        }

        await _node.SentAsync(Desk.Ann, solution);
        await _node.SentAsync(Desk.Ann);
        await _node.AskedAsync(Desk.Ann);

        Assert.Equal(ChallengeProblem.Wrong, (await _node.HandInAsync(solution, Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA"))).Problem);
        _time.Advance(Challenge.Lifetime);
        Assert.Equal(ChallengeProblem.Expired, (await _node.HandInAsync(solution)).Problem);
    }

    [Fact]
    public async Task Another_node_over_the_same_store_knows_that_it_was_spent()
    {
        var (other, third) = (new ChallengedNode(_store, _time, seed: 2), new ChallengedNode(_store, _time, seed: 3));
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        await _node.SentAsync(Desk.Ann, solution);

        var fresh = await other.AskedAsync(Desk.Ann, solution, "used");
        Assert.Equal(ChallengeProblem.Used, (await other.HandInAsync(solution)).Problem);
        Assert.Null((await third.HandInAsync(solution)).Problem);
        await third.AskedAsync(Desk.Ann, problem: "used");

        // The verification that it was spent on may have ended meanwhile.
        await _node.CancelAsync(Desk.Ann);
        await other.AskedAsync(Desk.Ann, solution, "used");
        await other.SentAsync(Desk.Ann, Work.Payload(fresh));
        await new ChallengedNode(_store, _time, seed: 4).AskedAsync(Desk.Ann, solution, "used");
        Assert.Equal(2, _store.Sends.Count);
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(6, 6)]
    [InlineData(40, 6)]
    public async Task Each_effort_doubles_the_work(int effort, int level)
    {
        _node.Effort = effort;

        Assert.Equal(20_000 << level, (await _node.AskedAsync(Desk.Ann)).MaxNumber);
    }

    [Fact]
    public async Task A_network_that_solves_many_pays_more_and_nobody_else_does()
    {
        for (var i = 0; i < 12; i++)
        {
            var to = Core.Numbers.PhoneNumber.Restore($"+4477009005{i:00}");
            await _node.StartAsync(to, Work.Payload(await _node.AskedAsync(to, deviceIp: "203.0.113.7")), "203.0.113.8");
        }

        Assert.Equal(40_000, (await _node.AskedAsync(Desk.Ann, deviceIp: "203.0.113.99")).MaxNumber);
        Assert.Equal(20_000, (await _node.AskedAsync(Desk.Ann, deviceIp: "198.51.100.7")).MaxNumber);
        Assert.Equal(20_000, (await _node.AskedAsync(Desk.Ann)).MaxNumber);
    }

    [Fact]
    public async Task Work_that_came_to_nothing_makes_it_dearer_for_nobody()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann, deviceIp: "203.0.113.7"));
        _node.RefusesLater = true;
        for (var i = 0; i < 600; i++)
        {
            Assert.Equal("later", Assert.IsType<CreateVerificationResult.Refused>(await _node.StartAsync(Desk.Ann, solution, "203.0.113.7")).Refusal.Reason);
        }

        Assert.Equal(20_000, (await _node.AskedAsync(Desk.Bob, deviceIp: "203.0.113.9")).MaxNumber);
        Assert.Equal(20_000, (await _node.AskedAsync(Desk.Bob)).MaxNumber);
    }

    [Fact]
    public async Task Little_work_does_not_pay_for_a_start_that_is_in_more_doubt()
    {
        var cheap = Work.Payload(await _node.AskedAsync(Desk.Ann));
        _node.Effort = 2;

        var fresh = await _node.AskedAsync(Desk.Ann, cheap, "too_little");

        Assert.Equal(80_000, fresh.MaxNumber);
        await _node.SentAsync(Desk.Ann, Work.Payload(fresh));

        // It was not spent by that, and is good for what is in less doubt.
        _node.Effort = 0;
        await _node.CancelAsync(Desk.Ann);
        await _node.SentAsync(Desk.Ann);
        await _node.SentAsync(Desk.Ann, cheap);
    }

    [Fact]
    public async Task Doubt_that_grew_by_a_level_since_it_was_asked_for_asks_for_no_more()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));
        _node.Effort = 1;

        await _node.SentAsync(Desk.Ann, solution);
    }

    [Fact]
    public async Task A_price_that_rose_since_by_how_many_are_at_it_asks_for_no_more()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann, deviceIp: "203.0.113.7"));
        for (var i = 0; i < 200; i++)
        {
            await _node.AskedAsync(Desk.Bob, deviceIp: "203.0.113.7");
        }

        Assert.Equal(160_000, (await _node.AskedAsync(Desk.Bob, deviceIp: "203.0.113.7")).MaxNumber);
        Assert.IsType<CreateVerificationResult.Sent>(await _node.StartAsync(Desk.Ann, solution, "203.0.113.7"));
    }

    [Fact]
    public async Task Little_work_pays_for_no_more_by_being_handed_in_or_repeated_or_where_two_stages_doubt()
    {
        var cheap = Work.Payload(await _node.AskedAsync(Desk.Ann));
        await _node.HandInAsync(cheap);
        _node.Effort = 2;
        await _node.AskedAsync(Desk.Ann);
        _node.Effort = 0;
        await _node.SentAsync(Desk.Ann);
        _node.Effort = 2;
        await _node.AskedAsync(Desk.Ann);

        (_node.Effort, _node.AsksTwice, _node.SecondEffort) = (0, true, 2);
        var first = await _node.AskedAsync(Desk.Bob);
        var dearer = await _node.AskedAsync(Desk.Bob, Work.Payload(first), "too_little");
        Assert.Equal((20_000, 80_000), (first.MaxNumber, dearer.MaxNumber));
        await _node.SentAsync(Desk.Bob, Work.Payload(dearer));
    }

    [Fact]
    public async Task Of_many_at_once_with_one_solution_no_more_get_through_than_it_is_good_for()
    {
        var solution = Work.Payload(await _node.AskedAsync(Desk.Ann));

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => _node.StartAsync(Desk.Ann, solution))));

        Assert.InRange(results.Count(result => result is CreateVerificationResult.Sent), 1, 2);
    }
}
