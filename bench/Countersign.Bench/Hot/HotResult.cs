using Countersign.Bench.Servers;

namespace Countersign.Bench.Hot;

/// <summary>Everything that a run measured. Memory in bytes.</summary>
sealed record HotResult(Machine Machine, int SecondsPerPhase, double[] ColdStartSeconds, long IdleMemory, List<StoreResult> Stores)
{
    /// <summary>Why flushes of files to the disk were not counted; null if they were.</summary>
    public string? WhyNoSyncs { get; init; }

    /// <summary>Why what went to the disk was not counted; null if it was.</summary>
    public string? WhyNoBytes { get; init; }

    public double ColdStart => Median(ColdStartSeconds);

    /// <summary>Wrong answers of all phases: which, and how many.</summary>
    public IReadOnlyDictionary<string, long> Wrong { get; } = Stores
        .SelectMany(store => store.Phases.Concat(store.HalfLoad))
        .SelectMany(phase => phase.Wrong.Select(wrong => (Name: $"{phase.Store} {phase.Kind}: {wrong.Key}", wrong.Value)))
        .GroupBy(wrong => wrong.Name)
        .ToDictionary(group => group.Key, group => group.Sum(wrong => wrong.Value));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
