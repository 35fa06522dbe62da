using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>What the planner is asked: who sends what where, and what was tried already.</summary>
public sealed record RouteRequest
{
    public required Sid Account { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>ISO 3166-1 alpha-2 code; empty where there is none, as for e-mail.</summary>
    public required string Country { get; init; }

    /// <summary>The number without its plus; empty for e-mail.</summary>
    public required string Digits { get; init; }

    /// <summary>The route that fits; null for all available carriers in their order.</summary>
    public Route? Route { get; init; }

    /// <summary>Names of the carriers that are configured, enabled and serve the channel, in the order in which they were created.</summary>
    public required IReadOnlyList<string> Available { get; init; }

    /// <summary>Earlier sends of the same verification, oldest first.</summary>
    public IReadOnlyList<PreviousSend> Previous { get; init; } = [];

    /// <summary>Nothing is sent: a probe that is due is shown, and left to the next message.</summary>
    public bool IsOnlyAsked { get; init; }
}

/// <summary>An earlier send of the same verification.</summary>
/// <param name="Carrier">The carrier that took it.</param>
/// <param name="At">When it took it.</param>
/// <param name="Delivered">A receipt says that it arrived.</param>
/// <param name="Failed">A receipt says that it did not arrive.</param>
public sealed record PreviousSend(string Carrier, DateTimeOffset At, bool Delivered, bool Failed);

/// <summary>The carriers to try, and why in this order.</summary>
public sealed record RoutePlan
{
    /// <summary>Best first; each carrier of the route that is available once. Empty if there is none.</summary>
    public required IReadOnlyList<RouteChoice> Choices { get; init; }

    /// <summary>The route that was followed; null where there was none.</summary>
    public string? RouteName { get; init; }

    public RouteStrategy Strategy { get; init; }
}

/// <summary>A carrier and why it stands where it stands.</summary>
/// <param name="Carrier">The carrier's name in the account.</param>
/// <param name="Reason">One plain sentence, without personal data, with the numbers that decided.</param>
public sealed record RouteChoice(string Carrier, string Reason)
{
    /// <summary>A breaker of the carrier is open, so that it stands behind all that work.</summary>
    public bool IsLastResort { get; init; }
}
