using Countersign.Core.Routing;
using CsCheck;

namespace Countersign.Core.Tests.Routing;

public sealed class BetaCountsTests
{
    static readonly Gen<double> Amount = Gen.Double[0, 1e9];
    static readonly Gen<BetaCounts> Counts = Gen.Select(Amount, Amount, static (hits, misses) => new BetaCounts(hits, misses));

    [Fact]
    public void After_a_half_life_half_is_left()
    {
        var left = new BetaCounts(80, 20).After(TimeSpan.FromHours(2), TimeSpan.FromHours(2));

        Assert.Equal(40, left.Hits, 9);
        Assert.Equal(10, left.Misses, 9);
    }

    [Fact]
    public void Decay_in_two_steps_is_decay_in_one()
    {
        Gen.Select(Counts, Gen.Int[0, 1_000_000], Gen.Int[0, 1_000_000]).Sample((counts, first, second) =>
        {
            var halfLife = TimeSpan.FromHours(1);

            var twice = counts.After(TimeSpan.FromSeconds(first), halfLife).After(TimeSpan.FromSeconds(second), halfLife);

            var once = counts.After(TimeSpan.FromSeconds(first + second), halfLife);
            Assert.Equal(once.Hits, twice.Hits, Math.Max(1e-9, once.Hits * 1e-9));
            Assert.Equal(once.Misses, twice.Misses, Math.Max(1e-9, once.Misses * 1e-9));
        });
    }

    [Fact]
    public void No_arithmetic_leaves_the_range()
    {
        Gen.Select(Counts, Counts, Gen.Long[TimeSpan.MinValue.Ticks, TimeSpan.MaxValue.Ticks], Gen.Double[1, 1e6]).Sample((left, right, elapsed, most) =>
        {
            BetaCounts[] results = [left + right, left - right, left.After(new TimeSpan(elapsed), TimeSpan.FromHours(1)), left.Borrowing(right, most), left - left, default];

            foreach (var result in results)
            {
                Assert.True(double.IsFinite(result.Hits) && result.Hits >= 0 && double.IsFinite(result.Misses) && result.Misses >= 0);
                Assert.InRange(result.Mean, 0, 1);
                Assert.InRange(result.Deviation, 0, 0.5);
            }
        });
    }

    [Fact]
    public void What_is_borrowed_never_weighs_more_than_allowed_and_keeps_its_share()
    {
        Gen.Select(Counts, Counts.Where(static counts => counts.Total > 1), Gen.Double[1, 1e4]).Sample((own, others, most) =>
        {
            var lent = own.Borrowing(others, most) - own;

            Assert.InRange(lent.Total, 0, (most * 1.000001) + (own.Total * 1e-12));
        });
    }

    [Fact]
    public void Time_that_runs_backwards_changes_nothing() =>
        Assert.Equal(new BetaCounts(3, 4), new BetaCounts(3, 4).After(TimeSpan.FromDays(-1), TimeSpan.FromHours(1)));
}
