using Countersign.Core.Routing;
using Countersign.Core.Tests.Privacy;

namespace Countersign.Core.Tests.Routing;

public sealed class BetaSamplerTests
{
    const int Draws = 100_000;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.3, 0.7)]
    [InlineData(2, 8)]
    [InlineData(90, 10)]
    [InlineData(4_000, 1_000)]
    public void A_beta_draw_has_the_mean_and_the_variance_of_the_distribution(double alpha, double beta)
    {
        var random = new ReplayedRandom(11);

        var draws = Enumerable.Range(0, Draws).Select(_ => BetaSampler.Beta(alpha, beta, random)).ToArray();

        var mean = alpha / (alpha + beta);
        var variance = mean * (1 - mean) / (alpha + beta + 1);
        // Five standard errors: one run in two million would fail by chance, and this one always draws the same.
        Assert.Equal(mean, draws.Average(), 5 * Math.Sqrt(variance / Draws));
        Assert.Equal(1, draws.Average(draw => (draw - mean) * (draw - mean)) / variance, 0.03);
        Assert.All(draws, static draw => Assert.InRange(draw, 0, 1));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(20)]
    public void A_gamma_draw_has_its_shape_as_mean_and_as_variance(double shape)
    {
        var random = new ReplayedRandom(12);

        var draws = Enumerable.Range(0, Draws).Select(_ => BetaSampler.Gamma(shape, random)).ToArray();

        Assert.Equal(shape, draws.Average(), 5 * Math.Sqrt(shape / Draws));
        Assert.Equal(1, draws.Average(draw => (draw - shape) * (draw - shape)) / shape, 0.04);
    }

    [Fact]
    public void The_distribution_of_one_and_one_is_even()
    {
        var random = new ReplayedRandom(13);
        var buckets = new int[10];

        for (var i = 0; i < Draws; i++)
            buckets[(int)(BetaSampler.Beta(1, 1, random) * 10)]++;

        Assert.All(buckets, static bucket => Assert.InRange(bucket, Draws / 10 * 0.95, Draws / 10 * 1.05));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x7F)]
    [InlineData(0xFF)]
    public void Bytes_that_are_all_the_same_end_in_a_number_too(byte value)
    {
        var draw = BetaSampler.Beta(0.01, 3, new Stuck(value));

        Assert.InRange(draw, 0, 1);
    }

    sealed class Stuck(byte value) : RandomSource
    {
        public override void Fill(Span<byte> bytes) => bytes.Fill(value);
    }
}
