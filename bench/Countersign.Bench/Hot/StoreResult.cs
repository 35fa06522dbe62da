namespace Countersign.Bench.Hot;

/// <summary>What was measured on one store, bare beside it in the same server. Memory in bytes, of the server and of the store's own processes, after the load.</summary>
sealed record StoreResult(string Store, long ServerMemory, long PeakServerMemory, long StoreMemory, List<PhaseResult> Phases, List<PhaseResult> HalfLoad)
{
    public static readonly string[] Kinds = ["bare", "start", "check"];

    /// <summary>Cores in others' use that disturb a phase.</summary>
    const double Disturbing = 0.25;

    public IReadOnlyList<int> Connections { get; } = [.. Phases.Select(phase => phase.Connections).Distinct().Order()];

    /// <summary>Throughput of a kind against bare's, as the median of the rounds' own ratios: whatever slows the machine for a while slows both of a round.</summary>
    public double RatioToBare(string kind, int connections) =>
        HotResult.Median(Of(kind, connections).Zip(Of("bare", connections), (phase, bare) => phase.PerSecond / bare.PerSecond));

    /// <summary>The round whose throughput is the median.</summary>
    public PhaseResult Typical(string kind, int connections)
    {
        var sorted = Of(kind, connections).OrderBy(phase => phase.PerSecond).ToList();
        return sorted[(sorted.Count - 1) / 2];
    }

    /// <summary>The typical phases: a row of the table each.</summary>
    public IEnumerable<PhaseResult> Typical() => Connections.SelectMany(connections => Kinds.Select(kind => Typical(kind, connections)));

    /// <summary>Rounds at a number of connections during which others used the machine. They do not count, unless that was so in all of them.</summary>
    public List<int> Disturbed(int connections) =>
        [.. Phases.Where(phase => phase.Connections == connections && phase.OtherCores > Disturbing).Select(phase => phase.Round).Distinct().Order()];

    List<PhaseResult> Of(string kind, int connections)
    {
        var all = Phases.Where(phase => phase.Kind == kind && phase.Connections == connections).OrderBy(phase => phase.Round).ToList();
        var disturbed = Disturbed(connections);
        var quiet = all.Where(phase => !disturbed.Contains(phase.Round)).ToList();
        return quiet.Count > 0 ? quiet : all;
    }
}
