using System.Buffers.Binary;
using Countersign.Core.Codes;
using Countersign.Core.Tests.Privacy;

namespace Countersign.Core.Tests.Codes;

/// <summary>
/// Whether every code is as likely as any other: chi-squared over codes of counted nonces under a fixed key, so that the answer is the same in every run. The bounds
/// are six standard deviations of the statistic (mean k, variance 2k at k degrees of freedom): fair digits pass, and a bias of one percent fails by far.
/// </summary>
public sealed class CodeUniformityTests
{
    const int Codes = 1_000_000;

    readonly CodeVault _vault = new(Rings.WithKeys(1), new ReplayedRandom());

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(10)]
    public void Every_digit_is_as_likely_at_every_position(int length)
    {
        var counts = new long[length, 10];

        foreach (var code in Derive(length))
        {
            for (var position = 0; position < length; position++)
                counts[position, code[position] - '0']++;
        }

        for (var position = 0; position < length; position++)
        {
            var row = position;
            var statistic = ChiSquared([.. Enumerable.Range(0, 10).Select(digit => counts[row, digit])]);
            Assert.True(statistic < Bound(9), $"Position {position}: {statistic}");
        }
    }

    [Fact]
    public void Every_code_of_four_digits_is_as_likely()
    {
        var counts = new long[10_000];

        foreach (var code in Derive(4))
            counts[int.Parse(code, null)]++;

        Assert.InRange(ChiSquared(counts), 9_999 - 6 * Math.Sqrt(2 * 9_999), Bound(9_999));
    }

    [Fact]
    public void A_digit_says_nothing_about_the_next()
    {
        var counts = new long[100];

        foreach (var code in Derive(6))
            counts[(code[4] - '0') * 10 + code[5] - '0']++;

        Assert.True(ChiSquared(counts) < Bound(99));
    }

    IEnumerable<string> Derive(int length)
    {
        var nonce = new byte[16];
        var seed = new CodeSeed { KeyId = 1, Nonce = nonce, Length = length };
        for (var i = 0; i < Codes; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(nonce, i);
            yield return _vault.Derive(seed, "").Reveal();
        }
    }

    static double ChiSquared(long[] counts)
    {
        var expected = (double)counts.Sum() / counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    static double Bound(int degrees) => degrees + 6 * Math.Sqrt(2.0 * degrees);
}
