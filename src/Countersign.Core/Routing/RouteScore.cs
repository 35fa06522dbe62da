using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>What was learned of a carrier, or of its sends to one country or one prefix.</summary>
public sealed record RouteScore
{
    public required string Carrier { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>ISO 3166-1 alpha-2 code; null for all countries together.</summary>
    public string? Country { get; init; }

    /// <summary>First digits of the numbers, country code included; null for the whole country.</summary>
    public string? Prefix { get; init; }

    /// <summary>Expected share of first sends whose code is typed back: 0 to 1, what is borrowed from other countries and prefixes included.</summary>
    public double Estimate { get; init; }

    /// <summary>Standard deviation of the estimate.</summary>
    public double Uncertainty { get; init; }

    /// <summary>First sends that are settled, where older ones weigh less.</summary>
    public double Sends { get; init; }

    /// <summary>First sends that wait for their code.</summary>
    public int Waiting { get; init; }

    /// <summary>Within how long half of the codes that are typed back at all were; null where none was.</summary>
    public TimeSpan? UsualWait { get; init; }
}
