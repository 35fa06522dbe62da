using System.Buffers.Binary;
using Countersign.Core;

namespace Countersign.Bench.Routing;

/// <summary>Numbers that depend on their coordinates alone, so that all policies meet the same people, the same weather and the same luck. SplitMix64.</summary>
static class Dice
{
    public static double Uniform(ulong seed, ulong a, ulong b = 0, ulong c = 0) =>
        ((Mix(Mix(Mix(Mix(seed) ^ a) ^ b) ^ c) >> 11) + 0.5) * (1.0 / (1UL << 53));

    public static double Normal(ulong seed, ulong a, ulong b = 0, ulong c = 0) =>
        Math.Sqrt(-2 * Math.Log(Uniform(seed, a, b, c))) * Math.Cos(2 * Math.PI * Uniform(seed ^ 0x5DEECE66D, a, b, c));

    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}

/// <summary>The planner's random bytes, the same in each run.</summary>
sealed class SeededSource(ulong seed) : RandomSource
{
    ulong _state = seed;

    public override void Fill(Span<byte> bytes)
    {
        Span<byte> word = stackalloc byte[8];
        for (; bytes.Length > 0; bytes = bytes[Math.Min(8, bytes.Length)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Dice.Mix(_state++));
            word[..Math.Min(8, bytes.Length)].CopyTo(bytes);
        }
    }
}

/// <summary>The simulation's clock; seconds since it began.</summary>
sealed class SimulatedClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    public double Seconds { get; set; }

    public override DateTimeOffset GetUtcNow() => Start.AddSeconds(Seconds);
}
