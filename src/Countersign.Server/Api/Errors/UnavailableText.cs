namespace Countersign.Server.Api.Errors;

/// <summary>The sentence for what could not be done now: whether it may be repeated, and where the operator finds why.</summary>
static class UnavailableText
{
    /// <summary>Null for a reason that says enough.</summary>
    public static string? Of(string reason) => reason switch
    {
        "overloaded" => "More requests wait for the store than it can soon do. Nothing of this one was kept: send it again after retry_after.",
        "store_unavailable" => "The store did not commit this, or was lost sight of while it did. Send it again after retry_after: a start that was kept is resent. After a check, fetch the verification by its SID first. "
            + "GET /health/ready names the part that is away, the server's log why.",
        "unknown_key" => "Another server of this store made this with a newer key than this one has. Send it again after retry_after; the operator has to give every server the same key ring (docs/scaling.md).",
        "line_source_away" => "The server that knows lines did not answer, or not with one of Lookup v2. Ask again after retry_after; the server's log says what it did. Without Fields nobody is asked.",
        "too_many_callbacks" => "Callbacks that arrive at this server have all the memory that is set aside for them before they are proven, or those of its network have its share of that. Nothing of this one was read: call again after retry_after.",
        _ => null,
    };
}
