using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Tests.Verifications;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Sharing;

public sealed class SharedCountsTests
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly FakeTimeProvider _clock = new(Desk.Opening);
    readonly LocalWire _wire = new();

    [Fact]
    public void Nodes_that_hear_of_everything_at_once_decide_as_one()
    {
        var call = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[1, 20_000]);
        Gen.Select(Gen.Int[1, 50], Gen.Int[0, 90], call.Array[1, 200]).Sample((max, pause, calls) =>
        {
            var wire = new LocalWire();
            var clock = new FakeTimeProvider(Desk.Opening);
            var nodes = Enumerable.Range(0, 3).Select(_ => new Node(wire, clock)).ToArray();
            var alone = new SlidingWindows(64 * 16);
            foreach (var (node, key, milliseconds) in calls)
            {
                clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
                WindowRule[] rules = [new((UInt128)key, max, Minute) { FirstPause = max == WindowRule.MaxExact ? TimeSpan.FromSeconds(pause) : default }, new(77, 40, Minute * 2)];
                var expected = alone.TryTake(rules, clock.GetUtcNow(), out _, out var wait);
                Assert.Equal((expected, wait), (nodes[node].TryTake(rules, out var found), found));
                foreach (var one in nodes)
                    one.Tell();
            }
        });
    }

    [Fact]
    public void What_several_nodes_let_through_in_one_moment_counts_with_all_of_them()
    {
        var rule = new WindowRule(1, 3, Minute);
        var (left, right) = (new Node(_wire, _clock), new Node(_wire, _clock));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(left.TryTake([rule], out _));
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.True(right.TryTake([rule], out _));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        right.Tell();
        left.Tell();

        // At 6 s: of the sends at 0, 1, … 5 s the last three decide, and one may follow when that of 3 s has run out.
        foreach (var node in (Node[])[left, right])
        {
            Assert.False(node.TryTake([rule], out var wait));
            Assert.Equal(57, wait.TotalSeconds);
        }
    }

    [Fact]
    public void What_others_count_by_made_up_values_pushes_out_no_more_than_half_here_either()
    {
        var (left, right) = (new Node(_wire, _clock), new Node(_wire, _clock));
        WindowRule[] own = [.. Enumerable.Range(0, 64 * 8).Select(RuleOf)];
        Assert.All(own, rule => Assert.True(right.TryTake([rule], out _)));

        for (var i = 64 * 16; i < 64 * 80; i++)
        {
            Assert.True(left.TryTake([RuleOf(i) with { IsMadeUp = true }], out _));
            if (i % 64 == 0)
                left.Tell();
        }

        Assert.All(own, rule => Assert.False(right.TryTake([rule], out _)));
        Assert.False(right.TryTake([RuleOf((64 * 79) + 1)], out _) && right.TryTake([RuleOf(64 * 79)], out _));

        static WindowRule RuleOf(int i) => new(new UInt128((ulong)i, (ulong)i), 1, Minute);
    }

    [Fact]
    public void A_pause_that_ended_with_a_code_typed_back_ends_on_all_nodes()
    {
        var rule = new WindowRule(1, WindowRule.MaxExact, Minute * 60) { FirstPause = Minute };
        var (left, right) = (new Node(_wire, _clock), new Node(_wire, _clock));
        left.TryTake([rule], out _);
        left.Tell();
        Assert.False(right.TryTake([rule], out _));

        left.Shared.Forgotten(1);
        left.Tell();

        Assert.True(right.TryTake([rule], out _));
    }

    [Fact]
    public void A_clock_that_runs_fast_on_another_node_makes_nobody_wait_longer_than_the_interval()
    {
        var (here, ahead) = (new Node(_wire, _clock), new Node(_wire, new FakeTimeProvider(Desk.Opening + TimeSpan.FromHours(5))));
        var rule = new WindowRule(1, 1, Minute);
        ahead.TryTake([rule], out _);
        ahead.Tell();

        Assert.False(here.TryTake([rule], out var wait));
        Assert.Equal(Minute, wait);
    }

    [Fact]
    public void Where_a_number_was_approved_from_is_known_on_all_nodes()
    {
        var (left, right) = (new Node(_wire, _clock), new Node(_wire, _clock));
        left.Shared.Learned(UInt128.MaxValue / 3);
        left.Tell();

        Assert.True(right.Places.Knows(UInt128.MaxValue / 3));
        Assert.False(right.Places.Knows((UInt128.MaxValue / 3) - 2));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 9, 2, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 9, 2, 16, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 3, 0, 0, 0 })]
    public void What_cannot_be_read_changes_nothing(byte[] batch)
    {
        var node = new Node(_wire, _clock);
        var rule = new WindowRule(1, 1, Minute);
        node.TryTake([rule], out _);

        _wire.Deliver(batch);

        Assert.False(node.TryTake([rule], out _));
    }

    [Fact]
    public void News_of_a_kind_that_a_newer_version_brings_are_passed_over()
    {
        var node = new Node(_wire, _clock);
        var rule = new WindowRule(1, 1, Minute);
        node.TryTake([rule], out _);

        _wire.Deliver(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 9, 200, 3, 1, 2, 3, 2, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 });

        Assert.True(node.TryTake([rule], out _));
    }

    [Fact]
    public void While_nobody_can_be_told_a_bounded_number_of_news_waits()
    {
        var node = new Node(_wire, _clock);
        for (var i = 0; i < 100_000; i++)
            node.TryTake([new WindowRule((UInt128)i, 5, Minute)], out _);

        Assert.InRange(node.Shared.Dropped, 100_000 - (SharedCounts.Capacity / 36), 99_999);
        node.Tell();
        Assert.InRange(_wire.Bytes, 1, SharedCounts.Capacity * 11 / 10);
    }

    sealed class Node
    {
        readonly SlidingWindows _windows = new(64 * 16);
        readonly TimeProvider _clock;

        public Node(LocalWire wire, TimeProvider clock)
        {
            _clock = clock;
            Shared = new SharedCounts(_windows, Places, wire, RandomSource.System, clock);
            _ = Shared.ListenAsync(CancellationToken.None);
        }

        public KnownPlaces Places { get; } = new();

        public SharedCounts Shared { get; }

        public bool TryTake(WindowRule[] rules, out TimeSpan wait)
        {
            var now = _clock.GetUtcNow();
            if (!_windows.TryTake(rules, now, out _, out wait))
            {
                return false;
            }

            Shared.Counted(rules, now);
            return true;
        }

        public void Tell() => Assert.True(Shared.SendAsync(CancellationToken.None).IsCompletedSuccessfully);
    }
}
