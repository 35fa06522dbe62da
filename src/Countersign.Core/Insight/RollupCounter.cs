namespace Countersign.Core.Insight;

/// <summary>
/// What is counted. Expiry is no event and so is no counter: a verification expires by time alone, without anybody writing it. What is neither approved nor canceled nor out of
/// guesses has expired, or still runs. Stores have a column each, in this order: add at the end.
/// </summary>
public enum RollupCounter
{
    /// <summary>Verifications started, on the channel of their first send.</summary>
    Starts,

    /// <summary>Messages that a carrier took.</summary>
    Sends,

    /// <summary>Messages that no carrier took.</summary>
    Failed,

    /// <summary>Messages that were not sent, since nobody could use them any more.</summary>
    TooLate,

    /// <summary>Messages that the phone or mailbox has; those that were read among them.</summary>
    Delivered,

    /// <summary>Messages that a carrier took and that did not arrive.</summary>
    Undelivered,

    /// <summary>Messages that the person has seen.</summary>
    Read,

    /// <summary>Conversions: verifications approved, on the channel of their latest send.</summary>
    Approved,

    /// <summary>Verifications canceled, on the channel of their latest send.</summary>
    Canceled,

    /// <summary>Verifications whose guesses are used up, on the channel of their latest send.</summary>
    MaxAttempts,

    /// <summary>Segments of the messages that a carrier took.</summary>
    Segments,

    /// <summary>Conversions too, but in the hour in which the latest send was asked for, as sends are: what share of an hour's messages brought an approval.</summary>
    Converted,
}

/// <summary>The counters' names.</summary>
public static class RollupCounters
{
    /// <summary>How many there are.</summary>
    public const int Count = 12;

    /// <summary>As stores and the API write them, in the order of <see cref="RollupCounter"/>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["starts", "sends", "failed", "too_late", "delivered", "undelivered", "read", "approved", "canceled", "max_attempts", "segments", "converted"];
}
