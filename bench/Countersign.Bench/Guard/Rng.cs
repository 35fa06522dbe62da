using Countersign.Bench.Routing;

namespace Countersign.Bench.Guard;

/// <summary>A stream of chance that depends on its seed alone.</summary>
sealed class Rng(ulong seed)
{
    ulong _state = Dice.Mix(seed);

    public double Unit() => ((Dice.Mix(_state++) >> 11) + 0.5) * (1.0 / (1UL << 53));

    public int Below(int limit) => (int)(Unit() * limit);

    public double Between(double low, double high) => low + ((high - low) * Unit());

    public double LogBetween(double low, double high) => Math.Exp(Between(Math.Log(low), Math.Log(high)));

    public bool Chance(double share) => Unit() < share;

    public double Exponential(double mean) => -mean * Math.Log(Unit());

    public double LogNormal(double median, double sigma) =>
        median * Math.Exp(sigma * Math.Sqrt(-2 * Math.Log(Unit())) * Math.Cos(2 * Math.PI * Unit()));

    public T Of<T>(IReadOnlyList<T> items) => items[Below(items.Count)];
}
