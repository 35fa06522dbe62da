using Countersign.Bench.Servers;

namespace Countersign.Bench.Hot;

/// <summary>Everything that a run measured. Memory in bytes.</summary>
sealed record HotResult(
    Machine Machine, int SecondsPerPhase, double[] ColdStartSeconds, long IdleMemory, long MemoryAfter, long PeakMemory, List<PhaseResult> Phases)
{
    /// <summary>Cores in others' use that disturb a phase.</summary>
    const double Disturbing = 0.25;

    public double ColdStart => Median(ColdStartSeconds);

    /// <summary>Wrong answers of all phases: which, and how many.</summary>
    public IReadOnlyDictionary<string, long> Wrong { get; } = Phases
        .SelectMany(phase => phase.Wrong.Select(wrong => (Name: $"{phase.Kind}: {wrong.Key}", wrong.Value)))
        .GroupBy(wrong => wrong.Name)
        .ToDictionary(group => group.Key, group => group.Sum(wrong => wrong.Value));

    /// <summary>Throughput of a kind against bare's, as the median of the rounds' own ratios: whatever slows the machine for a while slows both of a round.</summary>
    public double RatioToBare(string kind, int connections) =>
        Median(Of(kind, connections).Zip(Of("bare", connections), (phase, bare) => phase.PerSecond / bare.PerSecond));

    /// <summary>The round whose throughput is the median.</summary>
    public PhaseResult Typical(string kind, int connections)
    {
        var sorted = Of(kind, connections).OrderBy(phase => phase.PerSecond).ToList();
        return sorted[(sorted.Count - 1) / 2];
    }

    /// <summary>Rounds at a number of connections during which others used the machine. They do not count, unless that was so in all of them.</summary>
    public List<int> Disturbed(int connections) =>
        [.. Phases.Where(phase => phase.Connections == connections && phase.OtherCores > Disturbing).Select(phase => phase.Round).Distinct().Order()];

    List<PhaseResult> Of(string kind, int connections)
    {
        var all = Phases.Where(phase => phase.Kind == kind && phase.Connections == connections).OrderBy(phase => phase.Round).ToList();
        var quiet = all.Where(phase => !Disturbed(connections).Contains(phase.Round)).ToList();
        return quiet.Count > 0 ? quiet : all;
    }

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
