namespace Countersign.Carriers.Smpp;

/// <summary>How a request ended.</summary>
public enum ExchangeEnd
{
    /// <summary>The peer answered; the response says what.</summary>
    Answered,

    /// <summary>No answer in time: the peer may have acted on it, or not.</summary>
    TimedOut,

    /// <summary>The connection ended first: the peer may have acted on it, or not.</summary>
    Lost,

    /// <summary>The request never left.</summary>
    NotSent,

    /// <summary>Nor did this one: it had no turn in the time that it could wait for one, though the peer is there.</summary>
    HeldBack,
}

/// <summary>The end of a request, and what it waited for if it was held back. The response is what answered it, null if that could not be read; of one that was not sent since no bind was granted it is the answer to the bind.</summary>
public readonly record struct Exchange(ExchangeEnd End, Pdu? Response = null, string? HeldBy = null)
{
    /// <summary>Waited for: the rate that is set, room in the window, and the end of a pause that the centre asked for.</summary>
    public const string ByRate = "messages_per_second", ByWindow = "window", BySlowdown = "slowed_down";
}
