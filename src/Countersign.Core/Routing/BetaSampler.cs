using System.Buffers.Binary;

namespace Countersign.Core.Routing;

/// <summary>Draws numbers from distributions, out of random bytes alone: the same bytes give the same numbers.</summary>
static class BetaSampler
{
    // The first round is taken in 95 of 100 cases; so many in a row mean that the bytes are not random.
    const int Rounds = 64;

    /// <summary>A number between 0 and 1, both excluded, each of 2^53 equally likely.</summary>
    public static double Uniform(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return ((BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) + 0.5) * (1.0 / (1UL << 53));
    }

    /// <summary>A number between 0 and 1 from the Beta distribution. Both parameters are greater than 0.</summary>
    public static double Beta(double alpha, double beta, RandomSource random)
    {
        var left = Gamma(alpha, random);
        var right = Gamma(beta, random);
        // Both are 0 where tiny parameters make numbers that are too small to be told from it.
        return left + right > 0 ? left / (left + right) : alpha / (alpha + beta);
    }

    /// <summary>A number from the Gamma distribution with scale 1; G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables" (2000).</summary>
    public static double Gamma(double shape, RandomSource random)
    {
        if (shape < 1)
            return Gamma(shape + 1, random) * Math.Pow(Uniform(random), 1 / shape);

        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        for (var round = 0; round < Rounds; round++)
        {
            var x = Normal(random);
            var v = 1 + (c * x);
            if (v <= 0)
                continue;

            v *= v * v;
            if (Math.Log(Uniform(random)) < (0.5 * x * x) + (d * (1 - v + Math.Log(v))))
                return d * v;
        }

        return d;
    }

    /// <summary>A number from the standard normal distribution; G. E. P. Box and M. E. Muller (1958).</summary>
    public static double Normal(RandomSource random) =>
        Math.Sqrt(-2 * Math.Log(Uniform(random))) * Math.Cos(2 * Math.PI * Uniform(random));
}
