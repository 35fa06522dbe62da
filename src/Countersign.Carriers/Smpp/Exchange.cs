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
}

/// <summary>The end of a request. The response is what answered it, null if that could not be read; of one that was not sent since no bind was granted it is the answer to the bind.</summary>
public readonly record struct Exchange(ExchangeEnd End, Pdu? Response = null);
