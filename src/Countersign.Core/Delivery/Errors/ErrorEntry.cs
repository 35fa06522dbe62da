namespace Countersign.Core.Delivery.Errors;

/// <summary>What the dictionary says of one <see cref="DeliveryError"/>.</summary>
public sealed record ErrorEntry
{
    /// <summary>Twilio's number for an error that it has no number of its own for: "unknown error".</summary>
    public const int NoTwilioCode = 30008;

    public required DeliveryError Error { get; init; }

    /// <summary>The error in lower case with underscores, as the API writes it, for example <c>blocked_by_recipient</c>. Never changes.</summary>
    public required string Name { get; init; }

    /// <summary>Twilio's number, from 11200 to 63999; <see cref="NoTwilioCode"/> where Twilio has none. Otherwise no other entry has the same one.</summary>
    public required int TwilioCode { get; init; }

    /// <summary>Further Twilio numbers that mean this error. None is in two entries.</summary>
    public required IReadOnlyList<int> OtherTwilioCodes { get; init; }

    /// <summary>A few words, without a full stop.</summary>
    public required string Title { get; init; }

    /// <summary>What happened, in plain sentences.</summary>
    public required string Explanation { get; init; }

    /// <summary>What the operator can do.</summary>
    public required string Advice { get; init; }

    /// <summary>One line for the person who waits for the code: what to try now.</summary>
    public required string ForThePerson { get; init; }

    /// <summary>What may help: nothing, or any of the three.</summary>
    public required Remedies Remedies { get; init; }

    public required ErrorSeverity Severity { get; init; }

    /// <summary>The class that decides what happens next.</summary>
    public SendFailure Class => DeliveryErrors.ClassOf(Error);
}

/// <summary>What may bring a code through after an error.</summary>
[Flags]
public enum Remedies
{
    None = 0,

    /// <summary>The same channel through another carrier.</summary>
    AnotherCarrier = 1,

    /// <summary>Another channel, such as a call instead of a text.</summary>
    AnotherChannel = 2,

    /// <summary>The same again, some minutes later.</summary>
    Waiting = 4,
}

/// <summary>Who should look at an error.</summary>
public enum ErrorSeverity
{
    /// <summary>Nobody: it happens to single people and ends with them.</summary>
    Info = 1,

    /// <summary>An operator, if it becomes frequent.</summary>
    Warning = 2,

    /// <summary>An operator, today: messages of one kind or to one country are lost until something is changed.</summary>
    Error = 3,

    /// <summary>An operator, now: the carrier takes nothing.</summary>
    Critical = 4,
}
