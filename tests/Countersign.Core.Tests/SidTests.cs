using Countersign.Core.Tests.Privacy;
using CsCheck;

namespace Countersign.Core.Tests;

public sealed class SidTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    static readonly Gen<Sid> Any = Gen.Byte.Array[16].Select(bytes => Sid.FromBytes("VE", bytes));

    [Fact]
    public void Text_and_bytes_give_the_sid_back()
    {
        Any.Sample(sid =>
        {
            var bytes = new byte[16];
            sid.WriteTo(bytes);

            Assert.Matches("^VE[0-9a-f]{32}$", sid.ToString());
            Assert.Equal(sid, Sid.Parse(sid.ToString(), "VE"));
            Assert.Equal(sid, Sid.FromBytes("VE", bytes));
            Assert.Equal("VE", sid.Prefix);
        });
    }

    [Fact]
    public void Sids_sort_as_their_texts_and_their_bytes_do()
    {
        Gen.Select(Any, Any).Sample((left, right) =>
        {
            var (leftBytes, rightBytes) = (new byte[16], new byte[16]);
            left.WriteTo(leftBytes);
            right.WriteTo(rightBytes);

            Assert.Equal(Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString())), Math.Sign(left.CompareTo(right)));
            Assert.Equal(Math.Sign(leftBytes.AsSpan().SequenceCompareTo(rightBytes)), Math.Sign(left.CompareTo(right)));
            Assert.Equal(left.CompareTo(right) < 0, left < right);
            Assert.Equal(left.CompareTo(right) >= 0, left >= right);
            Assert.Equal(left.Equals(right), left == right);
        });
    }

    [Fact]
    public void Upper_case_hex_is_the_same_sid_and_is_written_in_lower_case()
    {
        var sid = Sid.Parse("VE0123456789ABCDEF0123456789aBcDeF", "VE");

        Assert.Equal("VE0123456789abcdef0123456789abcdef", sid.ToString());
        Assert.Equal(Sid.Parse("VE0123456789abcdef0123456789abcdef", "VE"), sid);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("VE")]
    [InlineData("VE0123456789abcdef0123456789abcde")]
    [InlineData("VE0123456789abcdef0123456789abcdef0")]
    [InlineData("VA0123456789abcdef0123456789abcdef")]
    [InlineData("ve0123456789abcdef0123456789abcdef")]
    [InlineData("VE0123456789abcdef0123456789abcdeg")]
    [InlineData("VE 123456789abcdef0123456789abcdef")]
    [InlineData("VE0123456789abcdef0123456789abcde ")]
    [InlineData("VE+123456789abcdef0123456789abcdef")]
    [InlineData("VE-123456789abcdef0123456789abcdef")]
    [InlineData("VE0x23456789abcdef0123456789abcdef")]
    [InlineData("VE٠123456789abcdef0123456789abcdef")]
    public void Anything_else_is_refused(string? text)
    {
        Assert.False(Sid.TryParse(text, "VE", out var sid));
        Assert.Equal(default, sid);
    }

    [Fact]
    public void A_refusal_does_not_quote_what_was_read()
    {
        var problem = Assert.Throws<FormatException>(() => Sid.Parse("VE+14155550123", "VE"));

        Assert.DoesNotContain("4155550123", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_bits_of_another_kind_are_another_sid()
    {
        var bytes = new byte[16];

        Assert.NotEqual(Sid.FromBytes("VE", bytes), Sid.FromBytes("VL", bytes));
    }

    [Fact]
    public void A_time_ordered_sid_starts_with_its_millisecond_and_ends_at_random()
    {
        var random = new ReplayedRandom();

        var first = Sid.NewOrdered("VE", Now, random);
        var second = Sid.NewOrdered("VE", Now, random);

        Assert.Equal($"VE{Now.ToUnixTimeMilliseconds():x12}", first.ToString()[..14]);
        Assert.Equal(first.ToString()[..14], second.ToString()[..14]);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void A_later_millisecond_gives_a_greater_sid()
    {
        var random = new ReplayedRandom();

        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 1_000_000]).Sample((at, later) => Assert.True(
            Sid.NewOrdered("VE", Now.AddMilliseconds(at), random) < Sid.NewOrdered("VE", Now.AddMilliseconds((long)at + later), random)));
    }

    [Fact]
    public void The_first_sid_of_a_moment_stands_before_all_of_it_and_after_all_before()
    {
        var random = new ReplayedRandom();
        var edge = Sid.FirstAt("VE", Now);

        for (var i = 0; i < 1000; i++)
        {
            Assert.True(Sid.NewOrdered("VE", Now, random) >= edge);
            Assert.True(Sid.NewOrdered("VE", Now.AddMilliseconds(-1), random) < edge);
        }
    }

    [Fact]
    public void A_random_sid_is_random_from_its_first_bit()
    {
        var random = new ReplayedRandom();

        var first = Enumerable.Range(0, 1000).Select(_ => (byte)(Sid.NewRandom("VA", random).Value >> 120)).Distinct().Count();

        Assert.InRange(first, 200, 256);
    }

    [Fact]
    public void Of_one_millisecond_each_comes_behind_the_last_and_leaves_room_for_thousands()
    {
        var random = new ReplayedRandom();
        var sids = Enumerable.Range(0, 5_000).Select(_ => Sid.NewOrdered("VE", Now, random)).ToList();

        Assert.Equal(sids.Order(), sids);
        Assert.All(sids, sid => Assert.Equal(Now, sid.OrderedAt));
    }

    [Fact]
    public void With_more_than_have_places_they_are_of_that_millisecond_all_the_same_and_none_comes_twice()
    {
        var random = new ReplayedRandom();
        var sids = Enumerable.Range(0, 50_000).Select(_ => Sid.NewOrdered("VE", Now, random)).ToList();

        Assert.Equal(sids.Count, sids.Distinct().Count());
        Assert.All(sids, sid => Assert.Equal(Now, sid.OrderedAt));

        // No more than 64 side by side, which is what the embedded store finds room for.
        Assert.InRange(sids.GroupBy(sid => sid.Value >> 65).Max(same => same.Count()), 1, 20);
    }

    [Fact]
    public void A_clock_that_is_set_back_gives_sids_of_its_own_moment()
    {
        var random = new ReplayedRandom();

        var moments = new[] { Now, Now.AddHours(-1), Now, Now.AddMilliseconds(1), Now.AddMilliseconds(-1) };
        Assert.Equal(moments, moments.Select(moment => Sid.NewOrdered("VE", moment, random).OrderedAt));
    }

    [Fact]
    public void Of_two_moments_that_come_by_turns_the_earlier_has_places_anywhere()
    {
        var random = new ReplayedRandom();
        var sids = Enumerable.Range(0, 20_000).Select(number => Sid.NewOrdered("VE", Now.AddMilliseconds(1 - (number % 2)), random)).ToList();

        // The embedded store has room for 64 side by side: all of them in the first places would not find any.
        Assert.InRange(sids.Where(sid => sid.OrderedAt == Now).Average(sid => (int)(sid.Value >> 65) & 0x7FFF), 15_000, 18_000);
    }

    [Fact]
    public async Task Of_several_threads_no_two_have_one_place()
    {
        var random = RandomSource.System;
        var places = (await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            Enumerable.Range(0, 1_000).Select(_ => random.NextPlace(Now.ToUnixTimeMilliseconds(), drawn: 0)).ToList())))).SelectMany(some => some).ToList();

        Assert.Equal(4_000, places.Distinct().Count());
    }
}
