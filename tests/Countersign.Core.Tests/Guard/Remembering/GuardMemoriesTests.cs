using System.Security.Cryptography;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Remembering;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Guard.Fraud;
using Countersign.Core.Tests.Privacy;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Remembering;

/// <summary>What Guard has learned, over a restart.</summary>
public sealed class GuardMemoriesTests
{
    static readonly KeyRing Ring = Rings.WithKeys(1);

    [Fact]
    public void After_a_restart_every_number_is_judged_as_before()
    {
        Gen.Select(Gen.Int[0, 9], Gen.Bool).Array[1, 150].Sample(history =>
        {
            var before = new Pump(Options(), ring: Ring);
            foreach (var (block, types) in history)
            {
                _ = types ? before.Person(Pump.French(block * 100)) : before.Start(before.Facts(Pump.French((block * 100) + (int)(before.Now.Ticks % 97)), "203.0.113.7"));
            }

            var after = Restarted(before);

            foreach (var number in Enumerable.Range(0, 10).Select(block => Pump.French(block * 100)))
            {
                var (was, now) = (before.Guard.Look(before.Facts(number, "203.0.113.9"), before.Now), after.Guard.Look(after.Facts(number, "203.0.113.9"), after.Now));
                Assert.Equal((was.Score, was.Threshold, was.IsProven), (now.Score, now.Threshold, now.IsProven));
                Assert.Equal(was.Reasons, now.Reasons);
            }
        }, iter: 50);
    }

    [Fact]
    public void A_block_lasts_over_a_restart_and_lifts_as_it_would_have()
    {
        var before = new Pump(Options(), ring: Ring);
        var first = before.UntilRefused(Pump.British, 200, out var refusal);
        Assert.NotNull(refusal);

        var after = Restarted(before);
        Assert.NotNull(after.Start(after.Facts(Pump.British(first + 1))));

        after.Now += TimeSpan.FromDays(1);
        Assert.Null(after.Start(after.Facts(Pump.British(first + 2))));
    }

    [Fact]
    public void What_was_learned_a_year_ago_is_forgotten()
    {
        var before = new Pump(Options(), ring: Ring);
        before.Person(Pump.British(1));
        before.UntilRefused(index => Pump.French(index * 100), 500, out _);

        var after = Restarted(before, TimeSpan.FromDays(365));

        var (proven, blocked) = (after.Guard.Look(after.Facts(Pump.British(1)), after.Now), after.Guard.Look(after.Facts(Pump.French(1)), after.Now));
        Assert.False(proven.IsProven);
        Assert.False(blocked.IsRefused);
    }

    [Fact]
    public void What_was_kept_by_a_clock_that_ran_ahead_is_left()
    {
        var before = new Pump(Options(), ring: Ring);
        before.Person(Pump.British(1));

        var after = Restarted(before, TimeSpan.FromDays(-30));

        Assert.False(after.Guard.Look(after.Facts(Pump.British(1)), after.Now).IsProven);
    }

    [Fact]
    public void Tables_of_another_size_are_taken_too()
    {
        var before = new Pump(Options(), ring: Ring);
        before.Person(Pump.British(1));
        var after = new Pump(new FraudOptions { JudgesFictional = true, NumberBits = 10, NarrowBits = 10, WideBits = 8 }, ring: Ring) { Now = before.Now };

        Memories(after).Load(Memories(before).Save());

        Assert.True(after.Guard.Look(after.Facts(Pump.British(1)), after.Now).IsProven);
    }

    [Fact]
    public void Networks_where_numbers_were_approved_are_kept()
    {
        var (before, after) = (new KnownPlaces(), new KnownPlaces());
        for (var i = 1; i < 100; i++)
        {
            before.Learn(UInt128.MaxValue / (uint)i);
        }

        Memories([after]).Load(Memories([before]).Save());

        Assert.True(Enumerable.Range(1, 99).All(i => after.Knows(UInt128.MaxValue / (uint)i)));
        Assert.False(after.Knows(UInt128.MaxValue / 101));
    }

    [Fact]
    public void What_was_changed_is_refused_and_no_number_can_be_read_in_it()
    {
        var before = new Pump(Options(), ring: Ring);
        before.Person(Pump.British(1), "203.0.113.7");
        var kept = Memories(before).Save();

        Assert.DoesNotContain("447700900001", Convert.ToHexString(kept), StringComparison.Ordinal);
        kept[kept.Length / 2] ^= 1;
        Assert.ThrowsAny<CryptographicException>(() => Memories(new Pump(Options(), ring: Ring)).Load(kept));
        Assert.ThrowsAny<CryptographicException>(() => Memories(new Pump(Options(), ring: Ring)).Load(new byte[7]));
    }

    [Fact]
    public void Parts_that_a_newer_version_brings_are_left_out_and_a_part_that_cannot_be_read_takes_none_with_it()
    {
        var places = new KnownPlaces();
        places.Learn(77);
        var kept = Memories([new Odd("newer"), new Odd("fraud"), places]).Save();
        var (pump, after) = (new Pump(Options(), ring: Ring), new KnownPlaces());

        var problem = Assert.Throws<InvalidDataException>(() => Memories([pump.Guard, after]).Load(kept));

        Assert.Contains("fraud", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("newer", problem.Message, StringComparison.Ordinal);
        Assert.True(after.Knows(77));
    }

    static FraudOptions Options() => new() { JudgesFictional = true, NarrowBits = 12, WideBits = 10, NumberBits = 12, ProbeEvery = 0 };

    static Pump Restarted(Pump before, TimeSpan later = default)
    {
        var after = new Pump(Options(), ring: Ring) { Now = before.Now + later };
        Memories(after).Load(Memories(before).Save());
        return after;
    }

    static GuardMemories Memories(Pump pump) => Memories([pump.Guard], pump.Now);

    static GuardMemories Memories(IGuardMemory[] memories, DateTimeOffset now = default) =>
        new(memories, new Sealer(Ring, RandomSource.System), new FakeTimeProvider(now == default ? new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) : now));

    sealed class Odd(string name) : IGuardMemory
    {
        public string Name => name;

        public void Save(BinaryWriter to) => to.Write("something else");

        public void Load(BinaryReader from, DateTimeOffset now) => throw new InvalidDataException();
    }
}
