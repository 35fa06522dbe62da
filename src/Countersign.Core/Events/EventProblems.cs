using System.Globalization;

namespace Countersign.Core.Events;

/// <summary>Why an event was not taken, in words for people; <see cref="SendEventsResult.Problem"/> has them for machines.</summary>
public static class EventProblems
{
    /// <summary>An address that events may not go to.</summary>
    public const string AddressNotAllowed = "address_not_allowed";

    /// <summary>
    /// Whether a receiver refused what it was sent, as too large or as nothing that it understands, so that a smaller batch may be taken. Of the 4xx all but those that say the same
    /// of any request: who may not come, what is not there, and when to come.
    /// </summary>
    public static bool IsOfTheBody(string? problem) =>
        problem is { Length: 10 } && problem.StartsWith("status_4", StringComparison.Ordinal) && problem is not ("status_401" or "status_403" or "status_404" or "status_408" or "status_410" or "status_429");

    /// <summary>A sentence that says what happened, and what to do where that is not plain.</summary>
    public static string Explain(string problem) => problem switch
    {
        AddressNotAllowed => "Its name leads to an address that is not public: nothing goes there unless Countersign:Webhooks:AllowedNetworks has it.",
        "not_resolved" => "Its name has no address.",
        "not_connected" => "Nobody accepts connections there.",
        "tls" => "Its certificate is not trusted, or there was no TLS.",
        "timeout" => "It did not answer within Countersign:Webhooks:TimeoutSeconds.",
        "redirect" => "It answered with a redirect, which is not followed.",
        "broken_off" => "It closed the connection before it had answered.",
        "bad_answer" => "What it answered is no HTTP.",
        "stopped" => "The server stopped before there was an answer.",
        "no_account" => "Its account is gone.",
        _ when problem.StartsWith("status_", StringComparison.Ordinal) => string.Create(CultureInfo.InvariantCulture, $"It answered with status {problem.AsSpan("status_".Length)}."),
        _ => "The server failed to send it; its log says why.",
    };
}
