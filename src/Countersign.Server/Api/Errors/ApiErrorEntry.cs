namespace Countersign.Server.Api.Errors;

/// <summary>What the dictionary says of one code that the API answers with: at least one for every factory of <see cref="ApiErrors"/>, which a test checks.</summary>
/// <param name="Code">The code, Twilio's where Twilio has one.</param>
/// <param name="Status">The HTTP status that comes with it.</param>
/// <param name="Name">Lower case with underscores. Never changes, and no other error has it.</param>
/// <param name="Title">A few words, without a full stop.</param>
/// <param name="Explanation">What happened.</param>
/// <param name="Advice">What the developer or operator can do.</param>
public sealed record ApiErrorEntry(int Code, int Status, string Name, string Title, string Explanation, string Advice)
{
    /// <summary>Whether the same request can succeed later, unchanged.</summary>
    public bool WaitingMayHelp { get; init; }

    /// <summary>What each <c>details.reason</c> of this code means, where there are several.</summary>
    public IReadOnlyList<(string Reason, string Meaning)> Reasons { get; init; } = [];
}
