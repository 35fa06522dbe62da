namespace Countersign.Core.Guard.Limits;

/// <summary>What a built-in limit counts. The value keeps the windows of two limits apart.</summary>
public enum LimitKind
{
    /// <summary>Sends to a destination in an hour.</summary>
    DestinationHour = 1,

    /// <summary>Sends to a destination in a day.</summary>
    DestinationDay,

    /// <summary>The growing pause between sends to a destination.</summary>
    Cooldown,

    /// <summary>Sends of a service in a second.</summary>
    ServiceSecond,

    /// <summary>Sends of a service in a minute.</summary>
    ServiceMinute,

    /// <summary>Sends of an account in a second.</summary>
    AccountSecond,

    /// <summary>Sends of an account in a minute.</summary>
    AccountMinute,

    /// <summary>Sends for a device's address in an hour.</summary>
    Ip,

    /// <summary>Sends for a device's network in an hour.</summary>
    Network,

    /// <summary>Readings of a verification in a minute.</summary>
    FetchMinute,

    /// <summary>Readings of a verification in an hour.</summary>
    FetchHour,

    /// <summary>Readings of a verification in a day.</summary>
    FetchDay,

    /// <summary>An account's calls of the safe list in a minute.</summary>
    SafeListCalls,

    /// <summary>An account's calls of the attempts in a minute.</summary>
    AttemptCalls,

    /// <summary>An account's tries of its carriers in an hour.</summary>
    Tries,

    /// <summary>An account's numbers that a source of lines was asked about in a minute.</summary>
    LookupCalls,
}
