using System.Numerics;

namespace Countersign.Core.Guard.Windows;

/// <summary>
/// Counts events by key over sliding windows: at most so many in any interval, and what is refused does not count. A fixed number of windows, 2^20 unless told otherwise;
/// beyond it the one that was asked for least recently is given up, one that has run out before one that still counts. Those of values that callers make up
/// (<see cref="WindowRule.IsMadeUp"/>) and all others have half of the places each, and what the other kind leaves free. In memory; <see cref="KeptWindows"/> has them outlive the process, and other nodes' events are added by <see cref="Heard"/>.
/// Safe to call from many threads.
/// </summary>
public sealed class SlidingWindows
{
    /// <summary>Windows that are kept when nothing else is said.</summary>
    public const int DefaultCapacity = 1 << 20;

    /// <summary>The smallest number of windows.</summary>
    public const int MinCapacity = Shards;

    const int Shards = 64;

    // Told again each second at most: every start would else write where every other reads.
    const long PauseStep = TimeSpan.TicksPerSecond;

    readonly WindowShard[] _shards;
    long _pausesUntil;

    /// <summary>Room for so many windows, rounded down to a multiple of 64.</summary>
    public SlidingWindows(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, MinCapacity);
        _shards = new WindowShard[Shards];
        for (var i = 0; i < Shards; i++)
        {
            _shards[i] = new WindowShard(capacity / Shards);
        }
    }

    /// <summary>Windows that exist now.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var shard in _shards)
            {
                lock (shard.Gate)
                {
                    count += shard.Count;
                }
            }

            return count;
        }
    }

    /// <summary>
    /// Counts one event by every rule, or by none. False when a rule does not allow it: then <paramref name="refusing"/> is the one to wait longest for, and after
    /// <paramref name="retryIn"/> all allow it, if nothing else is counted meanwhile.
    /// </summary>
    public bool TryTake(ReadOnlySpan<WindowRule> rules, DateTimeOffset now, out int refusing, out TimeSpan retryIn) => TryTake(rules, [], now, out refusing, out retryIn, out _, out _);

    /// <summary>
    /// As above; and where it counted, <paramref name="takenAt"/> is the moment to give it back by, which is now or up to a second later, and <paramref name="nextIn"/> is how long to wait
    /// from then until those of <paramref name="next"/>, which are some of them, allow one more.
    /// </summary>
    public bool TryTake(
        ReadOnlySpan<WindowRule> rules, ReadOnlySpan<WindowRule> next, DateTimeOffset now, out int refusing, out TimeSpan retryIn, out DateTimeOffset takenAt, out TimeSpan nextIn)
    {
        nextIn = TimeSpan.Zero;
        var shards = ShardsOf(rules);
        Enter(shards);
        try
        {
            var ticks = MomentOf(shards, now);
            takenAt = new DateTimeOffset(ticks, TimeSpan.Zero);
            retryIn = Longest(rules, ticks, out refusing);
            if (refusing >= 0)
            {
                return false;
            }

            foreach (ref readonly var rule in rules)
            {
                ShardOf(rule.Key).Add(rule, ticks);
                if (rule.FirstPause > TimeSpan.Zero)
                {
                    NotePause(rule.Rounded(ticks) + rule.Interval.Ticks);
                }
            }

            nextIn = Longest(next, ticks, out _);
            return true;
        }
        finally
        {
            Exit(shards);
        }
    }

    /// <summary>
    /// Counts an event that another node counted by this rule at a moment, whether or not one more is allowed here: it did happen. One that has run out, or lies ahead of now by
    /// a clock that runs fast, counts for nothing, or as of now.
    /// </summary>
    public void Heard(in WindowRule rule, long atTicks, DateTimeOffset now)
    {
        var shard = ShardOf(rule.Key);
        lock (shard.Gate)
        {
            var ticks = shard.MomentOf(now.UtcTicks);
            shard.Heard(rule, Math.Min(atTicks, ticks), ticks);
            if (rule.FirstPause > TimeSpan.Zero)
            {
                NotePause(rule.Rounded(ticks) + rule.Interval.Ticks);
            }
        }
    }

    /// <summary>Takes back what <c>TryTake</c> counted by these rules at the moment that it said, and nothing else.</summary>
    public void GiveBack(ReadOnlySpan<WindowRule> rules, DateTimeOffset takenAt)
    {
        foreach (ref readonly var rule in rules)
        {
            var shard = ShardOf(rule.Key);
            lock (shard.Gate)
            {
                shard.Remove(rule, takenAt.UtcTicks);
            }
        }
    }

    /// <summary>How long to wait until all rules allow one more event; zero for now. Counts nothing.</summary>
    public TimeSpan Wait(ReadOnlySpan<WindowRule> rules, DateTimeOffset now)
    {
        var shards = ShardsOf(rules);
        Enter(shards);
        try
        {
            return Longest(rules, MomentOf(shards, now), out _);
        }
        finally
        {
            Exit(shards);
        }
    }

    /// <summary>
    /// Whether some window may still count by a rule with a <see cref="WindowRule.FirstPause"/>. Where no service has pauses, whoever would end them need not look for them: to find that
    /// there is nothing takes an access to memory.
    /// </summary>
    public bool MayPause(DateTimeOffset now) => now.UtcTicks < Volatile.Read(ref _pausesUntil);

    /// <summary>Forgets all that was counted by a key; false where that was nothing.</summary>
    public bool Forget(UInt128 key)
    {
        var shard = ShardOf(key);
        lock (shard.Gate)
        {
            return shard.Forget(key);
        }
    }

    /// <summary>Takes windows from before a restart, which may be of rules with pauses and do not say so.</summary>
    internal void Restore(UInt128 key, WindowLog log, long now, bool isMadeUp)
    {
        var shard = ShardOf(key);
        lock (shard.Gate)
        {
            shard.Restore(key, log, now, isMadeUp);
            NotePause(log.EndsAt);
        }
    }

    /// <summary>The moment that holds for all of some shards, which are entered.</summary>
    long MomentOf(ulong shards, DateTimeOffset now)
    {
        var (ticks, moment) = (now.UtcTicks, now.UtcTicks);
        for (; shards != 0; shards &= shards - 1)
        {
            moment = Math.Max(moment, _shards[BitOperations.TrailingZeroCount(shards)].MomentOf(ticks));
        }

        return moment;
    }

    void NotePause(long until)
    {
        // Never back: of two that note one at once the later counts.
        for (var known = Volatile.Read(ref _pausesUntil); until > known;)
        {
            var found = Interlocked.CompareExchange(ref _pausesUntil, until + PauseStep, known);
            if (found == known)
            {
                return;
            }

            known = found;
        }
    }

    TimeSpan Longest(ReadOnlySpan<WindowRule> rules, long now, out int refusing)
    {
        refusing = -1;
        var longest = 0L;
        for (var i = 0; i < rules.Length; i++)
        {
            var wait = ShardOf(rules[i].Key).Wait(rules[i], now);
            if (wait > longest)
            {
                (longest, refusing) = (wait, i);
            }
        }

        return new TimeSpan(longest);
    }

    /// <summary>All parts, to be kept.</summary>
    internal ReadOnlySpan<WindowShard> All => _shards;

    internal WindowShard ShardOf(UInt128 key) => _shards[Index(key)];

    // The key is a hash, or a SID, which is random too: any bits will do.
    static int Index(UInt128 key) => (int)((ulong)(key >> 64) % Shards);

    static ulong ShardsOf(ReadOnlySpan<WindowRule> rules)
    {
        var shards = 0UL;
        foreach (ref readonly var rule in rules)
        {
            shards |= 1UL << Index(rule.Key);
        }

        return shards;
    }

    /// <summary>Always in the same order, so that two callers never wait for each other.</summary>
    void Enter(ulong shards)
    {
        for (; shards != 0; shards &= shards - 1)
        {
            _shards[BitOperations.TrailingZeroCount(shards)].Gate.Enter();
        }
    }

    void Exit(ulong shards)
    {
        for (; shards != 0; shards &= shards - 1)
        {
            _shards[BitOperations.TrailingZeroCount(shards)].Gate.Exit();
        }
    }
}
