using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Guard.Sharing;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Challenges;

/// <summary>Solutions that a browser hands in at one of several nodes, and starts that come to another.</summary>
public sealed class ChallengesOverNodesTests
{
    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly LocalWire _wire = new();
    readonly MemoryVerificationStore _store;
    readonly ChallengedNode[] _nodes;

    public ChallengesOverNodesTests()
    {
        _store = new MemoryVerificationStore(_time);
        _nodes = NodesOf(_store, _time, _wire);
    }

    [Fact]
    public async Task What_is_handed_in_at_one_node_lets_the_next_start_through_at_any_and_once()
    {
        var solution = Work.Payload(await _nodes[0].AskedAsync(Desk.Ann));

        Assert.Equal(new HandedIn(null, Desk.Opening + Challenge.Lifetime), await _nodes[1].HandInAsync(solution));

        await _nodes[2].AskedAsync(Desk.Bob);
        await _nodes[2].SentAsync(Desk.Ann);

        // The others have not heard yet that it was spent: the store has.
        await _nodes[0].AskedAsync(Desk.Ann, problem: "used");
        _nodes[2].Tell();
        Assert.Equal(0, _nodes[1].Passes.Count);
        await _nodes[1].AskedAsync(Desk.Ann);
        Assert.Null((await _nodes[1].HandInAsync(solution)).Problem);
        await _nodes[1].AskedAsync(Desk.Ann, problem: "used");
        await _nodes[2].SentAsync(Desk.Ann);
        await _nodes[2].AskedAsync(Desk.Ann);
        Assert.Equal(2, _store.Sends.Count);
    }

    [Fact]
    public async Task A_factor_that_was_shown_at_one_node_lets_the_next_start_through_at_any_and_once()
    {
        foreach (var node in _nodes)
            node.Effort = Challenge.MaxEffort;
        Assert.Equal(new FactorPass(Challenge.Lifetime, null), await _nodes[1].ShowFactorAsync(Desk.Ann));

        await _nodes[0].AskedAsync(Desk.Bob);
        await _nodes[2].SentAsync(Desk.Ann);
        await _nodes[0].AskedAsync(Desk.Ann, problem: "used");
        await _nodes[1].AskedAsync(Desk.Ann, problem: "used");

        // Another one is worth another start.
        await _nodes[0].ShowFactorAsync(Desk.Ann);
        await _nodes[1].SentAsync(Desk.Ann);
        Assert.Equal(2, _store.Sends.Count);
    }

    [Fact]
    public async Task How_much_work_it_was_is_known_at_every_node()
    {
        await _nodes[1].HandInAsync(Work.Payload(await _nodes[0].AskedAsync(Desk.Ann)));

        _nodes[2].Effort = 2;
        await _nodes[2].AskedAsync(Desk.Ann);

        _nodes[2].Effort = 0;
        await _nodes[2].SentAsync(Desk.Ann);
        (_nodes[0].Effort, _nodes[2].Effort) = (2, 2);
        await _nodes[1].HandInAsync(Work.Payload(await _nodes[0].AskedAsync(Desk.Bob)));
        await _nodes[2].SentAsync(Desk.Bob);
    }

    [Fact]
    public async Task A_start_that_came_to_nothing_leaves_it_good_at_every_node()
    {
        await _nodes[0].HandInAsync(Work.Payload(await _nodes[0].AskedAsync(Desk.Ann)));
        _nodes[1].RefusesLater = true;
        await _nodes[1].StartAsync(Desk.Ann);
        _nodes[1].Tell();

        await _nodes[2].SentAsync(Desk.Ann);
    }

    [Fact]
    public async Task After_ten_minutes_it_has_expired_at_every_node()
    {
        await _nodes[0].HandInAsync(Work.Payload(await _nodes[0].AskedAsync(Desk.Ann)));

        _time.Advance(Challenge.Lifetime);

        await _nodes[1].AskedAsync(Desk.Ann);
    }

    /// <summary>Solutions are handed in, come with starts, and are tried over and over, at nodes that hear of each other's spending late or never.</summary>
    [Fact]
    public async Task However_it_is_tried_a_solution_buys_one_start_and_one_repetition_over_all_nodes()
    {
        // Solved once: each takes some 10,000 hashes.
        PhoneNumber[] numbers = [Desk.Ann, Desk.Bob];
        var solutions = new List<(PhoneNumber To, string Payload)>();
        foreach (var to in numbers)
            for (var i = 0; i < 3; i++)
                solutions.Add((to, Work.Payload(await _nodes[i].AskedAsync(to))));

        var step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, solutions.Count - 1], Gen.Int[0, 10_000]);
        await step.Array[1, 60].SampleAsync(async steps =>
        {
            var time = new FakeTimeProvider(Desk.Opening);
            var nodes = NodesOf(new MemoryVerificationStore(time), time, new LocalWire());
            var (sent, used) = (numbers.ToDictionary(to => to, _ => 0), new HashSet<int>());
            foreach (var (what, node, which, milliseconds) in steps)
            {
                time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                var (to, payload) = solutions[which];
                switch (what)
                {
                    case < 3:
                        used.Add(which);
                        await nodes[node].HandInAsync(payload);
                        break;
                    case < 8:
                        var with = what == 7 ? payload : null;
                        if (with is not null)
                            used.Add(which);
                        sent[to] += await nodes[node].StartAsync(to, with) is CreateVerificationResult.Sent ? 1 : 0;
                        Assert.InRange(sent[to], 0, 2 * used.Count(one => solutions[one].To == to));
                        break;
                    case 8:
                        nodes[node].Tell();
                        break;
                    default:
                        await nodes[node].CancelAsync(to);
                        break;
                }
            }
        }, iter: 100);
    }

    [Fact]
    public async Task Of_many_starts_at_once_at_all_nodes_no_more_get_through_than_it_is_good_for()
    {
        await _nodes[0].HandInAsync(Work.Payload(await _nodes[0].AskedAsync(Desk.Ann)));

        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => _nodes[i % 3].StartAsync(Desk.Ann))));

        Assert.InRange(results.Count(result => result is CreateVerificationResult.Sent), 1, 2);
    }

    [Fact]
    public async Task However_often_solutions_are_handed_in_the_others_are_told_of_each_once()
    {
        var (first, second) = (Work.Payload(await _nodes[0].AskedAsync(Desk.Ann)), Work.Payload(await _nodes[0].AskedAsync(Desk.Ann)));
        for (var i = 0; i < 50; i++)
        {
            Assert.Null((await _nodes[i % 3].HandInAsync(first)).Problem);
            Assert.Null((await _nodes[i % 3].HandInAsync(second)).Problem);
        }

        Assert.InRange(_wire.Bytes, 1, 2 * 50);
    }

    [Fact]
    public async Task Where_the_others_cannot_be_told_it_is_not_taken_and_can_be_handed_in_again()
    {
        var solution = Work.Payload(await _nodes[0].AskedAsync(Desk.Ann));
        _wire.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _nodes[0].HandInAsync(solution));
        await _nodes[0].AskedAsync(Desk.Ann);
        _wire.IsAway = false;

        await _nodes[0].HandInAsync(solution);

        await _nodes[1].SentAsync(Desk.Ann);
    }

    [Fact]
    public async Task A_solution_that_was_spent_here_is_not_taken_from_another_node_that_does_not_know_it()
    {
        var solution = Work.Payload(await _nodes[0].AskedAsync(Desk.Ann));
        await _nodes[0].SentAsync(Desk.Ann, solution);
        await _nodes[0].SentAsync(Desk.Ann);

        await _nodes[1].HandInAsync(solution);

        Assert.Equal(0, _nodes[0].Passes.Count);
        await _nodes[0].AskedAsync(Desk.Ann);
    }

    [Theory]
    [InlineData(NewsWriter.ChallengeHandedIn, 32)]
    [InlineData(NewsWriter.ChallengeHandedIn, 34)]
    [InlineData(NewsWriter.ChallengeSpent, 0)]
    [InlineData(NewsWriter.RiskApproved, 33)]
    public void News_of_another_shape_or_kind_change_nothing(byte kind, int length)
    {
        _nodes[0].Gate.Hear(kind, Enumerable.Repeat((byte)0x7F, length).ToArray(), _time.GetUtcNow());

        Assert.Equal(0, _nodes[0].Passes.Count);
    }

    static ChallengedNode[] NodesOf(MemoryVerificationStore store, TimeProvider time, LocalWire wire) => [.. Enumerable.Range(1, 3).Select(seed => new ChallengedNode(store, time, seed, wire))];
}
