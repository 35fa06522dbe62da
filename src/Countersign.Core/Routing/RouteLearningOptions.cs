namespace Countersign.Core.Routing;

/// <summary>How routes learn. The defaults are what docs/routing.md measures.</summary>
public sealed class RouteLearningOptions
{
    /// <summary>After how long an observation weighs half: 5 min to 30 days. Default 2 h.</summary>
    public TimeSpan HalfLife { get; set; } = TimeSpan.FromHours(2);

    /// <summary>Carriers × countries × prefixes that are remembered, the least used are forgotten first: 100 to 1,000,000. Default 50,000.</summary>
    public int MaxCells { get; set; } = 50_000;

    /// <summary>First sends that may wait for their code at once, the oldest are settled first: 100 to 10,000,000. Default 100,000.</summary>
    public int MaxPending { get; set; } = 100_000;

    /// <summary>How unlikely a carrier's silence must be, under its own usual rate, for it to be called dark: 1e-9 to 0.01. Default 1e-4.</summary>
    public double DarkProbability { get; set; } = 1e-4;

    /// <summary>How many sends a carrier's other countries count for, at most, in a country where it sent little: 1 to 10,000. Default 10.</summary>
    public double CountryBorrows { get; set; } = 10;

    /// <summary>How many sends a country's other prefixes count for, at most, in a prefix where the carrier sent little: 1 to 10,000. Default 200.</summary>
    public double PrefixBorrows { get; set; } = 200;
}
