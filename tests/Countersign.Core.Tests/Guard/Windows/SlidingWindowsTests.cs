using Countersign.Core.Guard.Windows;
using Countersign.Core.Tests.Verifications;
using CsCheck;

namespace Countersign.Core.Tests.Guard.Windows;

public sealed class SlidingWindowsTests
{
    const int Room = 64 * 16;

    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly SlidingWindows _windows = new(Room);

    [Fact]
    public void At_most_so_many_in_any_interval_and_the_wait_is_exact()
    {
        var rule = new WindowRule(1, 2, Minute);
        Assert.True(Take(rule, 0));
        Assert.True(Take(rule, 40));

        Assert.False(Take(rule, 50, out var wait));
        Assert.Equal(10, wait);
        Assert.False(Take(rule, 59.9999999, out _));
        Assert.True(Take(rule, 60));
        Assert.False(Take(rule, 60, out wait));
        Assert.Equal(40, wait);
    }

    [Fact]
    public void Several_rules_count_together_or_not_at_all()
    {
        var (narrow, wide) = (new WindowRule(1, 1, Minute), new WindowRule(2, 10, Minute * 10));
        Assert.True(_windows.TryTake([narrow, wide], At(0), out _, out _));

        for (var i = 0; i < 20; i++)
            Assert.False(_windows.TryTake([wide, narrow], At(i), out var refusing, out _) || refusing != 1);

        for (var i = 0; i < 9; i++)
            Assert.True(Take(wide, 30));
        Assert.False(Take(wide, 30, out _));
    }

    [Fact]
    public void Of_several_refusing_rules_the_one_to_wait_longest_for_is_named()
    {
        var (first, second) = (new WindowRule(1, 1, Minute), new WindowRule(2, 1, Minute * 5));
        Assert.True(_windows.TryTake([first, second], At(0), out _, out _));

        Assert.False(_windows.TryTake([first, second], At(30), out var refusing, out var wait));

        Assert.Equal((1, 270), (refusing, wait.TotalSeconds));
        Assert.Equal(270, _windows.Wait([first, second], At(30)).TotalSeconds);
    }

    [Fact]
    public void A_pause_doubles_with_every_event_up_to_ten_minutes_and_is_forgotten_on_demand()
    {
        var rule = new WindowRule(1, WindowRule.MaxExact, TimeSpan.FromHours(1)) { FirstPause = TimeSpan.FromSeconds(30) };
        var now = 0.0;
        foreach (var pause in new[] { 30, 60, 120, 240, 480, 600, 600 })
        {
            Assert.True(Take(rule, now));
            Assert.False(Take(rule, now + pause - 1, out var wait));
            Assert.Equal(1, wait);
            now += pause;
        }

        Assert.True(Take(rule, now));
        _windows.Forget(rule.Key);
        Assert.True(Take(rule, now));
        Assert.Equal(30, _windows.Wait([rule], At(now)).TotalSeconds);
    }

    [Fact]
    public void Pauses_are_to_be_looked_for_as_long_as_one_that_was_counted_makes_the_next_longer()
    {
        var rule = new WindowRule(1, WindowRule.MaxExact, TimeSpan.FromHours(1)) { FirstPause = TimeSpan.FromSeconds(30) };
        Assert.True(Take(rule with { Key = 2, FirstPause = TimeSpan.Zero }, 0));
        Assert.False(_windows.MayPause(At(1)));

        Assert.True(Take(rule, 10));
        Assert.True(Take(rule, 3600));
        Assert.Equal(60, _windows.Wait([rule], At(3600)).TotalSeconds);
        Assert.True(_windows.MayPause(At(7199)));
        Assert.False(_windows.MayPause(At(7203)));

        _windows.Heard(rule, At(7300).UtcTicks, At(7300));
        Assert.True(_windows.MayPause(At(7301)));
    }

    [Fact]
    public void More_than_32_are_counted_in_64ths_of_the_interval_and_only_err_on_the_strict_side() => Gen.Int[0, 6400].Array[1, 400].Sample(moments =>
    {
        var windows = new SlidingWindows(Room);
        var rule = new WindowRule(1, 40, TimeSpan.FromSeconds(640));
        var taken = new List<int>();
        DateTimeOffset? allowedAt = null;
        foreach (var second in moments.Order())
        {
            var inWindow = taken.Count(at => second - at < 640);
            if (windows.TryTake([rule], At(second), out _, out var wait))
            {
                Assert.True(inWindow < 40);
                taken.Add(second);
            }
            else
            {
                // Refused for at most a slot too long.
                Assert.True(taken.Count(at => second - at < 640 + 10) >= 40);
                allowedAt = At(second) + wait;
            }
        }

        if (allowedAt is { } moment && moment > At(moments.Max()))
        {
            Assert.NotEqual(TimeSpan.Zero, windows.Wait([rule], moment - TimeSpan.FromTicks(1)));
            Assert.Equal(TimeSpan.Zero, windows.Wait([rule], moment));
        }
    });

    /// <summary>Against a list of moments per rule: takes by one or several rules, and give-backs of what was taken.</summary>
    [Fact]
    public void Counts_as_a_list_of_all_moments_would()
    {
        var rules = new[] { new WindowRule(1, 1, Minute), new WindowRule(2, 3, Minute * 2), new WindowRule(3, 32, Minute * 5), new WindowRule(1UL << 40, 5, TimeSpan.FromSeconds(1)) };
        var step = Gen.Select(Gen.Int[0, 60_000], Gen.Int[1, 15], Gen.Int[0, 9]);
        step.Array[1, 300].Sample(steps =>
        {
            var windows = new SlidingWindows(Room);
            var model = rules.Select(_ => new List<DateTimeOffset>()).ToArray();
            var taken = new List<(int Which, DateTimeOffset At)>();
            var now = Desk.Opening;
            foreach (var (milliseconds, which, what) in steps)
            {
                now += TimeSpan.FromMilliseconds(what < 5 ? milliseconds : milliseconds / 100);
                if (what == 0 && taken.Count > 0)
                {
                    var back = taken[milliseconds % taken.Count];
                    taken.Remove(back);
                    windows.GiveBack(Chosen(back.Which).Select(i => rules[i]).ToArray(), back.At);
                    foreach (var i in Chosen(back.Which))
                        model[i].Remove(back.At);
                    continue;
                }

                var waits = Chosen(which).Select(i => ModelWait(model[i], rules[i], now)).ToArray();
                var allowed = windows.TryTake(Chosen(which).Select(i => rules[i]).ToArray(), now, out _, out var wait);

                Assert.Equal(waits.Max(), wait);
                Assert.Equal(waits.Max() == TimeSpan.Zero, allowed);
                if (allowed)
                {
                    taken.Add((which, now));
                    foreach (var i in Chosen(which))
                        model[i].Add(now);
                }
            }
        });

        int[] Chosen(int bits) => [.. Enumerable.Range(0, rules.Length).Where(i => (bits >> i & 1) == 1)];
    }

    static TimeSpan ModelWait(List<DateTimeOffset> moments, WindowRule rule, DateTimeOffset now)
    {
        var inside = moments.Where(at => now - at < rule.Interval).Order().ToArray();
        return inside.Length < rule.Max ? TimeSpan.Zero : inside[inside.Length - rule.Max] + rule.Interval - now;
    }

    [Fact]
    public void What_is_given_back_is_just_what_was_taken()
    {
        var rule = new WindowRule(1, 2, Minute);
        Assert.True(Take(rule, 0) && Take(rule, 10));

        _windows.GiveBack([rule], At(10));
        _windows.GiveBack([rule], At(10));
        _windows.GiveBack([rule], At(33));

        Assert.True(Take(rule, 20));
        Assert.False(Take(rule, 30, out var wait));
        Assert.Equal(30, wait);
        _windows.GiveBack([rule], At(0));
        _windows.GiveBack([rule], At(20));
        Assert.Equal(0, _windows.Count);
    }

    [Fact]
    public void Who_looked_at_the_clock_first_and_comes_last_takes_nothing_from_what_can_be_given_back()
    {
        var rule = new WindowRule(1, 2, Minute);
        Assert.True(Take(rule, 10) && Take(rule, 9.999));

        _windows.GiveBack([rule], At(10));

        Assert.True(Take(rule, 11));
        Assert.False(Take(rule, 12));
    }

    [Theory]
    [InlineData(9.999, 10)]
    [InlineData(9, 10)]
    [InlineData(8.999, 8.999)]
    [InlineData(10.001, 10.001)]
    public void What_was_taken_is_given_back_by_the_moment_that_was_told(double seconds, double told)
    {
        var (first, second) = (new WindowRule(1, 1, Minute), new WindowRule((UInt128)1 << 64, 5, Minute));
        Assert.True(Take(first, 10) && Take(second, 8));

        Assert.True(_windows.TryTake([first with { Max = 2 }, second], [], At(seconds), out _, out _, out var takenAt, out _));

        Assert.Equal(At(told), takenAt);
        _windows.GiveBack([first, second], takenAt);
        _windows.GiveBack([first], At(seconds < 9 ? seconds : 10));
        _windows.GiveBack([second], At(8));
        Assert.Equal(0, _windows.Count);
    }

    [Fact]
    public void To_hear_of_others_or_to_ask_or_to_be_refused_with_an_older_moment_leaves_ones_own_where_it_is()
    {
        var rule = new WindowRule(1, 1, Minute);
        Assert.True(Take(rule, 10));

        _windows.Heard(rule with { Max = 5 }, At(3).UtcTicks, At(9.8));
        _windows.Wait([rule], At(9.7));
        Assert.False(Take(rule, 9.6));

        _windows.GiveBack([rule], At(10));
        _windows.GiveBack([rule], At(3));
        Assert.Equal(0, _windows.Count);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(500)]
    public void A_clock_set_back_neither_throws_nor_refuses_for_longer_than_an_interval(int max)
    {
        var rule = new WindowRule(1, max, Minute);
        var year = TimeSpan.FromDays(365).TotalSeconds;
        for (var i = 0; i < max; i++)
            Assert.True(Take(rule, year + (i % 7)));

        Assert.False(Take(rule, 5, out var wait));
        Assert.InRange(wait, 59, 61);
        Assert.False(Take(rule, 4, out _));
        Assert.True(Take(rule, 5 + 61));
    }

    [Fact]
    public void A_rule_that_was_tightened_waits_for_as_many_as_are_too_many()
    {
        for (var i = 0; i < 5; i++)
            Assert.True(Take(new WindowRule(1, 5, Minute), i * 10));

        Assert.False(Take(new WindowRule(1, 2, Minute), 50, out var wait));

        Assert.Equal(40, wait);
    }

    [Fact]
    public void Ten_million_keys_take_no_more_room_than_there_is()
    {
        var windows = new SlidingWindows(1 << 14);
        var most = 0;
        for (var i = 0; i < 10_000_000; i++)
        {
            Assert.True(windows.TryTake([new WindowRule(Key(i), 1, Minute)], At(i / 1000.0), out _, out _));
            if (i % 500_000 == 0)
                most = Math.Max(most, windows.Count);
        }

        Assert.InRange(most, 1, 1 << 14);
        Assert.False(windows.TryTake([new WindowRule(Key(9_999_999), 1, Minute)], At(10_000), out _, out _));
        Assert.True(windows.TryTake([new WindowRule(Key(0), 1, Minute)], At(10_000), out _, out _));
    }

    [Fact]
    public void What_has_run_out_is_given_up_before_what_still_counts()
    {
        var windows = new SlidingWindows(64 * 4);
        var day = new WindowRule(0, 1, TimeSpan.FromDays(1));
        Assert.True(windows.TryTake([day], At(0), out _, out _));

        // All in the day's own shard, and each of a second.
        for (var i = 1; i <= 100; i++)
            Assert.True(windows.TryTake([new WindowRule((ulong)i, 1, TimeSpan.FromSeconds(1))], At(i * 2), out _, out _));

        Assert.False(windows.TryTake([day], At(300), out _, out _));
        Assert.Equal(4, windows.Count);
    }

    [Fact]
    public void Who_is_refused_over_and_over_is_not_forgotten_for_it()
    {
        var windows = new SlidingWindows(64 * 4);
        var rule = new WindowRule(0, 1, TimeSpan.FromDays(1));
        Assert.True(windows.TryTake([rule], At(0), out _, out _));

        for (var i = 1; i <= 100; i++)
        {
            Assert.True(windows.TryTake([new WindowRule((ulong)i, 1, TimeSpan.FromDays(1))], At(i), out _, out _));
            Assert.False(windows.TryTake([rule], At(i), out _, out _));
        }
    }

    [Fact]
    public void Of_many_at_once_exactly_as_many_as_allowed_are_let_through()
    {
        var windows = new SlidingWindows();
        var (shared, other) = (new WindowRule(Key(1), 30, Minute), new WindowRule(Key(2), 20, Minute));
        var (one, both) = (0, 0);

        Parallel.For(0, 10_000, i =>
        {
            if (i % 2 == 0 && windows.TryTake([shared], At(0), out _, out _))
                Interlocked.Increment(ref one);
            else if (i % 2 == 1 && windows.TryTake([other, shared], At(0), out _, out _))
                Interlocked.Increment(ref both);
        });

        Assert.Equal(30, one + both);
        Assert.InRange(both, 0, 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void However_many_windows_of_a_kind_come_half_of_the_places_are_the_other_kinds(bool areMadeUp)
    {
        WindowRule[] first = [.. Enumerable.Range(0, Room / 2).Select(i => RuleOf(i) with { IsMadeUp = !areMadeUp })];
        Assert.All(first, rule => Assert.True(Take(rule, 0)));

        for (var i = Room; i < 10 * Room; i++)
            Assert.True(Take(RuleOf(i) with { IsMadeUp = areMadeUp }, 1));

        Assert.All(first, rule => Assert.False(Take(rule, 2)));
        Assert.Equal(Room, _windows.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_has_run_out_makes_room_before_what_still_counts_of_whichever_kind(bool runsOut)
    {
        Assert.All(Enumerable.Range(0, Room / 2), i => Assert.True(Take(RuleOf(i) with { IsMadeUp = runsOut }, 0)));
        WindowRule[] lasting = [.. Enumerable.Range(Room, Room / 2).Select(i => RuleOf(i) with { IsMadeUp = !runsOut, Interval = TimeSpan.FromDays(1) })];
        Assert.All(lasting, rule => Assert.True(Take(rule, 0)));

        for (var i = 2 * Room; i < (2 * Room) + (Room / 2); i++)
            Assert.True(Take(RuleOf(i) with { IsMadeUp = !runsOut }, 120));

        Assert.All(lasting, rule => Assert.False(Take(rule, 121)));
    }

    [Fact]
    public void What_one_kind_leaves_free_the_other_has_until_it_is_wanted()
    {
        WindowRule[] madeUp = [.. Enumerable.Range(0, Room).Select(i => RuleOf(i) with { IsMadeUp = true })];
        Assert.All(madeUp, rule => Assert.True(Take(rule, 0)));
        Assert.All(madeUp, rule => Assert.False(Take(rule, 1)));

        WindowRule[] others = [.. Enumerable.Range(Room, Room / 2).Select(RuleOf)];
        Assert.All(others, rule => Assert.True(Take(rule, 2)));

        Assert.All(others, rule => Assert.False(Take(rule, 3)));
        Assert.All(madeUp[(Room / 2)..], rule => Assert.False(Take(rule, 3)));
        Assert.Equal(Room, _windows.Count);
    }

    // One after the other over all shards.
    static WindowRule RuleOf(int i) => new(new UInt128((ulong)i, (ulong)i), 1, Minute);

    bool Take(WindowRule rule, double seconds) => _windows.TryTake([rule], At(seconds), out _, out _);

    bool Take(WindowRule rule, double seconds, out double wait)
    {
        var taken = _windows.TryTake([rule], At(seconds), out _, out var retryIn);
        wait = retryIn.TotalSeconds;
        return taken;
    }

    static DateTimeOffset At(double seconds) => Desk.Opening + TimeSpan.FromSeconds(seconds);

    // Spread as a hash would.
    static UInt128 Key(int i) => new((ulong)i * 0x9e3779b97f4a7c15, (ulong)i);
}
