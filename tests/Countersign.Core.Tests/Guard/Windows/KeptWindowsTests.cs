using Countersign.Core.Guard.Remembering;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Windows;

/// <summary>What limits have counted, over a restart.</summary>
public sealed class KeptWindowsTests
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // All in one shard. Of one key the limit is changed now and then; one pauses, and one is counted in slots.
    static readonly WindowRule Pausing = new(3, WindowRule.MaxExact, Minute * 60) { FirstPause = Minute };

    static readonly WindowRule[] Rules =
    [
        new(1, 1, Minute), new(2, 3, Minute * 2), new(2, 5, Minute * 2), Pausing, new(4, 40, Minute * 5),
        new(5, 2, TimeSpan.FromSeconds(1)), new(6, 4, TimeSpan.FromDays(1)), new(7, 1, Minute * 3),
    ];

    readonly FakeTimeProvider _clock = new(Desk.Opening);

    /// <summary>
    /// Beside windows that never were in a process that ended. After a kill these are such as saw all that was done until the last time that it was written, and nothing of what was
    /// done since. With room for all windows; and with so little that they push each other out: then one at a time, since of several that a start asks for together it is left open
    /// which is the older.
    /// </summary>
    [Theory]
    [InlineData(64 * 16, 3)]
    [InlineData(64 * 4, 1)]
    public void Over_restarts_and_kills_limits_decide_as_without_them_on_what_was_written(int room, int together)
    {
        var step = Gen.Select(Gen.Int[0, 99], Gen.Int[1, (1 << Rules.Length) - 1], Gen.Int[0, 40_000]);
        step.Array[1, 250].Sample(steps =>
        {
            var (clock, life) = (new FakeTimeProvider(Desk.Opening), new Life(room));
            foreach (var (what, which, milliseconds) in steps)
            {
                clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
                var (now, rules) = (clock.GetUtcNow(), Rules.Where((_, i) => (which >> i & 1) == 1).Take(together).ToArray());
                switch (what)
                {
                    case < 70:
                        Assert.Equal(life.Do(windows => Take(windows, rules, now), out var unbroken), unbroken);
                        break;
                    case < 75 when together > 1:
                        life.Do(windows => Heard(windows, rules[0], now - TimeSpan.FromSeconds(which % 50), now), out _);
                        break;
                    case < 80:
                        life.Do(windows => windows.Forget(rules[0].Key), out _);
                        break;
                    case < 85:
                        life.Do(windows => TakeBack(windows, rules, now), out _);
                        break;
                    case < 90:
                        life.Write(clock);
                        break;
                    case < 95:
                        life.Write(clock);
                        life.Kill(clock);
                        break;
                    default:
                        life.Kill(clock);
                        break;
                }

                Assert.True(life.Do(windows => windows.MayPause(now) || windows.Wait([Pausing], now) == TimeSpan.Zero, out var isSeen) && isSeen, "A pause is due that nobody would end.");
            }
        });

        static (bool, int, TimeSpan, TimeSpan) Take(SlidingWindows windows, WindowRule[] rules, DateTimeOffset now) =>
            (windows.TryTake(rules, rules, now, out var refusing, out var wait, out _, out var next), refusing, wait, next);

        static bool TakeBack(SlidingWindows windows, WindowRule[] rules, DateTimeOffset now)
        {
            var taken = windows.TryTake(rules, now, out _, out _);
            if (taken)
                windows.GiveBack(rules, now);
            return taken;
        }

        static bool Heard(SlidingWindows windows, WindowRule rule, DateTimeOffset at, DateTimeOffset now)
        {
            windows.Heard(rule, at.UtcTicks, now);
            return true;
        }
    }

    [Fact]
    public void What_ran_out_while_nothing_ran_is_not_taken()
    {
        var (before, after) = (new SlidingWindows(64 * 4), new SlidingWindows(64 * 4));
        Assert.True(before.TryTake([Rules[0], Rules[6]], _clock.GetUtcNow(), out _, out _));
        var kept = Memories(before, _clock).Save();

        _clock.Advance(Minute);
        Memories(after, _clock).Load(kept);

        Assert.Equal(1, after.Count);
        Assert.Equal(TimeSpan.Zero, after.Wait([Rules[0]], _clock.GetUtcNow()));
    }

    [Fact]
    public void However_many_windows_there_are_what_is_written_is_bounded_and_those_asked_for_last_are_in_it()
    {
        const int windows = 1 << 17, most = 1 << 21;
        var (before, after) = (new SlidingWindows(windows), new SlidingWindows(windows));
        for (var i = 0; i < windows / 2; i++)
            for (var events = 0; events <= i / 64 % 32; events++)
                Assert.True(before.TryTake([RuleOf(i)], _clock.GetUtcNow() + TimeSpan.FromSeconds(events), out _, out _));

        var kept = Memories(before, _clock, most).Save();

        Memories(after, _clock).Load(kept);
        Assert.InRange(kept.Length, 1, most + (64 * 64 * 300));
        Assert.InRange(after.Count, most / 400, (windows / 2) - 1);
        for (var i = (windows / 2) - 100; i < windows / 2; i++)
            Assert.NotEqual(TimeSpan.Zero, after.Wait([RuleOf(i) with { Max = 1 }], _clock.GetUtcNow()));
        Assert.Equal(TimeSpan.Zero, after.Wait([RuleOf(0) with { Max = 1 }], _clock.GetUtcNow()));
    }

    [Fact]
    public void Where_there_is_less_room_than_before_those_asked_for_last_are_taken()
    {
        var (before, after) = (new SlidingWindows(64 * 16), new SlidingWindows(64 * 4));
        for (var key = 1; key <= 16; key++)
            Assert.True(before.TryTake([new WindowRule((UInt128)key, 1, Minute)], _clock.GetUtcNow(), out _, out _));
        Assert.False(before.TryTake([new WindowRule(1, 1, Minute)], _clock.GetUtcNow(), out _, out _));

        Memories(after, _clock).Load(Memories(before, _clock).Save());

        Assert.Equal([1, 14, 15, 16], Enumerable.Range(1, 16).Where(key => after.Wait([new WindowRule((UInt128)key, 1, Minute)], _clock.GetUtcNow()) > TimeSpan.Zero));
    }

    [Fact]
    public void Those_of_made_up_values_are_so_after_it_and_push_out_no_others()
    {
        var (before, after) = (new SlidingWindows(64 * 4), new SlidingWindows(64 * 4));
        Assert.True(before.TryTake([new WindowRule(1, 1, Minute)], _clock.GetUtcNow(), out _, out _));
        for (var key = 2; key <= 4; key++)
            Assert.True(before.TryTake([new WindowRule((UInt128)key, 1, Minute) { IsMadeUp = true }], _clock.GetUtcNow(), out _, out _));

        Memories(after, _clock).Load(Memories(before, _clock).Save());
        Assert.Equal(4, after.Count);
        for (var key = 5; key <= 20; key++)
            Assert.True(after.TryTake([new WindowRule((UInt128)key, 1, Minute) { IsMadeUp = true }], _clock.GetUtcNow(), out _, out _));
        Assert.True(after.TryTake([new WindowRule(21, 1, Minute)], _clock.GetUtcNow(), out _, out _));

        Assert.Equal([1, 19, 20, 21], Enumerable.Range(1, 21).Where(key => after.Wait([new WindowRule((UInt128)key, 1, Minute)], _clock.GetUtcNow()) > TimeSpan.Zero));
    }

    [Fact]
    public void Those_of_made_up_values_are_written_in_what_the_others_leave()
    {
        const int windows = 1 << 12, most = 1 << 16;
        var (before, after) = (new SlidingWindows(windows), new SlidingWindows(windows));
        for (var i = 0; i < windows; i++)
            Assert.True(before.TryTake([RuleOf(i) with { IsMadeUp = i >= windows / 4 }], _clock.GetUtcNow(), out _, out _));

        Memories(after, _clock).Load(Memories(before, _clock, most).Save());

        Assert.InRange(after.Count, windows / 4, (windows / 2) + (64 * 64));
        for (var i = 0; i < windows / 4; i++)
            Assert.NotEqual(TimeSpan.Zero, after.Wait([RuleOf(i) with { Max = 1 }], _clock.GetUtcNow()));
    }

    [Fact]
    public void What_was_counted_by_a_clock_that_ran_ahead_makes_nobody_wait_longer_than_the_interval()
    {
        var (before, after) = (new SlidingWindows(64 * 4), new SlidingWindows(64 * 4));
        var ahead = new FakeTimeProvider(Desk.Opening + TimeSpan.FromDays(30));
        Assert.True(before.TryTake([Rules[0]], ahead.GetUtcNow(), out _, out _));

        Memories(after, _clock).Load(Memories(before, ahead).Save());

        Assert.Equal(Minute, after.Wait([Rules[0]], _clock.GetUtcNow()));
    }

    [Theory]
    [InlineData(new byte[] { 2 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 9, 9 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 })]
    public void What_another_version_wrote_is_said_and_nothing_else_is_lost(byte[] part)
    {
        var windows = new SlidingWindows(64 * 4);
        var kept = new GuardMemories([new Odd(part)], new Sealer(Ring, RandomSource.System), _clock).Save();

        Assert.Throws<InvalidDataException>(() => Memories(windows, _clock).Load(kept));

        Assert.Equal(0, windows.Count);
    }

    static readonly KeyRing Ring = Rings.WithKeys(1);

    static WindowRule RuleOf(int i) => new(new UInt128((ulong)i * 0x9e3779b97f4a7c15, (ulong)i), WindowRule.MaxExact, Minute * 60);

    static GuardMemories Memories(SlidingWindows windows, TimeProvider clock, int mostBytes = KeptWindows.MostBytes) =>
        new([new KeptWindows(windows, clock, mostBytes)], new Sealer(Ring, RandomSource.System), clock);

    /// <summary>Windows whose process ends now and then, and those of one that never did.</summary>
    sealed class Life(int room)
    {
        readonly List<Action<SlidingWindows>> _done = [];
        SlidingWindows _windows = new(room);
        SlidingWindows _unbroken = new(room);
        byte[]? _kept;
        int _written;

        public T Do<T>(Func<SlidingWindows, T> work, out T unbroken)
        {
            _done.Add(windows => work(windows));
            unbroken = work(_unbroken);
            return work(_windows);
        }

        public void Write(TimeProvider clock) => (_kept, _written) = (Memories(_windows, clock).Save(), _done.Count);

        public void Kill(TimeProvider clock)
        {
            _windows = new SlidingWindows(room);
            if (_kept is not null)
                Memories(_windows, clock).Load(_kept);

            _done.RemoveRange(_written, _done.Count - _written);
            _unbroken = new SlidingWindows(room);
            _done.ForEach(work => work(_unbroken));
        }
    }

    sealed class Odd(byte[] part) : IGuardMemory
    {
        public string Name => "windows";

        public void Save(BinaryWriter to) => to.Write(part);

        public void Load(BinaryReader from, DateTimeOffset now) => throw new InvalidDataException();
    }
}
