using System.Numerics;

namespace Countersign.Bench.Load;

/// <summary>
/// Durations in log-linear buckets: 64 for each power of two of nanoseconds, so that any answer is at most 1.6 % off, from 1 ns to the age of the machine.
/// Recording allocates nothing.
/// </summary>
sealed class Histogram
{
    const int SubBits = 6, Sub = 1 << SubBits;

    readonly long[] _counts = new long[(64 - SubBits + 1) * Sub];

    public long Count { get; private set; }

    public void Record(long nanoseconds)
    {
        var value = (ulong)Math.Max(0, nanoseconds);
        _counts[IndexOf(value)]++;
        Count++;
    }

    /// <summary>The duration that a share of all stayed at or below; zero when nothing was recorded.</summary>
    /// <param name="share">0 to 1; 0.999 for the 99.9th percentile.</param>
    public TimeSpan At(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        var seen = 0L;
        for (var index = 0; index < _counts.Length; index++)
        {
            seen += _counts[index];
            if (seen >= wanted)
            {
                return TimeSpan.FromMicroseconds(UpperEdge(index) / 1000.0);
            }
        }

        return TimeSpan.Zero;
    }

    static int IndexOf(ulong value)
    {
        if (value < Sub)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2(value) - SubBits;
        return ((shift + 1) << SubBits) + (int)((value >> shift) & (Sub - 1));
    }

    static double UpperEdge(int index) =>
        index < Sub ? index : ((ulong)(Sub + (index & (Sub - 1))) + 1UL) * Math.Pow(2, (index >> SubBits) - 1);
}
