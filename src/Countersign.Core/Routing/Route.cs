using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>A carrier as an account knows it: two accounts may give one name to different carriers.</summary>
public readonly record struct CarrierKey(Sid Account, string Name);

/// <summary>How a route picks among its carriers. The numbers are stored: add, never renumber.</summary>
public enum RouteStrategy
{
    /// <summary>In the order in which they are written.</summary>
    Ordered = 1,

    /// <summary>At random, each in proportion to its weight.</summary>
    Weighted = 2,

    /// <summary>The one whose codes are typed back most often, learned while sending.</summary>
    Adaptive = 3,
}

/// <summary>One carrier of a route.</summary>
public sealed record RouteCarrier
{
    /// <summary>The carrier's name in the account.</summary>
    public required string Name { get; init; }

    /// <summary>Share of the messages under <see cref="RouteStrategy.Weighted"/>, in proportion to the others' weights: 1 to 1000. Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Price of a message, in one currency for the whole route; null where it is not known. Decides between carriers that convert equally well.</summary>
    public decimal? Cost { get; init; }
}

/// <summary>Which carriers take an account's messages to a part of the world over a channel, and how one of them is picked.</summary>
public sealed record Route : Registry.IRegistered
{
    public required Sid AccountSid { get; init; }

    /// <summary>Unique in the account; lower-case letters, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>The one service that it is for; null for all services of the account.</summary>
    public Sid? ServiceSid { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>ISO 3166-1 alpha-2 code of the country that it is for; null for all.</summary>
    public string? Country { get; init; }

    /// <summary>First digits of the numbers that it is for, country code included and without the plus; null for all.</summary>
    public string? Prefix { get; init; }

    public RouteStrategy Strategy { get; init; }

    public required IReadOnlyList<RouteCarrier> Carriers { get; init; }

    /// <summary>How long a carrier may take to accept a message before the next one is asked: 1 to 30 s. Default 8 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>After how long without a receipt a message that the person asks for again goes to another carrier: 0 to 600 s. Default 20 s.</summary>
    public TimeSpan ResendElsewhereAfter { get; init; } = DefaultResendElsewhereAfter;

    /// <summary>Share of the first sends that go to a carrier picked at random, so that none is forgotten: 0 to 0.2. Default 0.02. For <see cref="RouteStrategy.Adaptive"/>.</summary>
    public double Exploration { get; init; } = 0.02;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    internal static TimeSpan DefaultResendElsewhereAfter { get; } = TimeSpan.FromSeconds(20);
}
