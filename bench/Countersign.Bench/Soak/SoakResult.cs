using Countersign.Bench.Hot;

namespace Countersign.Bench.Soak;

/// <summary>A moment of a long run: seconds and operations since its begin; bytes.</summary>
readonly record struct SoakSample(double Seconds, long Operations, long Resident, long Heap, long StoreMemory);

/// <summary>A long run on one store.</summary>
sealed record SoakResult(string Store, List<SoakSample> Samples, SortedDictionary<string, long> Wrong)
{
    /// <summary>Memory in the last quarter of the time against the second one, beyond which it grows. The first is left out: the server fills what it keeps.</summary>
    public const double Flat = 1.10;

    public double Growth => Quarter(3) / Quarter(1);

    public bool IsFlat => Growth <= Flat;

    /// <summary>The median of the memory that the server held in a quarter of the time, 0 to 3.</summary>
    public double Quarter(int quarter)
    {
        var length = Samples[^1].Seconds / 4;
        var held = Samples.Where(sample => sample.Seconds >= quarter * length && sample.Seconds <= (quarter + 1) * length).Select(sample => (double)sample.Resident).ToList();
        return held.Count > 0 ? HotResult.Median(held) : throw new BenchException("The run was too short to say anything of its memory.");
    }
}
