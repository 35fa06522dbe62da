namespace Countersign.Core.Numbers;

/// <summary>Why a text was refused as a phone number, for a machine and for a person.</summary>
public sealed record NumberProblem
{
    internal NumberProblem(NumberProblemReason reason, string? suggestion = null) => (Reason, Suggestion) = (reason, suggestion);

    public NumberProblemReason Reason { get; }

    /// <summary>The E.164 number that was probably meant, where only one correction is plausible; it always parses. Personal data.</summary>
    public string? Suggestion { get; }

    /// <summary>The reason's stable name on the wire, in snake_case.</summary>
    public string ReasonName => Reason switch
    {
        NumberProblemReason.Missing => "missing",
        NumberProblemReason.TooLongText => "too_long_text",
        NumberProblemReason.NotInternational => "not_international",
        NumberProblemReason.InvalidCharacters => "invalid_characters",
        NumberProblemReason.HasExtension => "has_extension",
        NumberProblemReason.UnknownCallingCode => "unknown_calling_code",
        NumberProblemReason.NationalPrefix => "national_prefix",
        NumberProblemReason.TooShort => "too_short",
        NumberProblemReason.TooLong => "too_long",
        NumberProblemReason.NotAssigned => "not_assigned",
        _ => throw new InvalidOperationException($"No wire name for {Reason}."),
    };

    /// <summary>One sentence: what is wrong, why, and what to do. It never holds the number.</summary>
    public string Explanation => Reason switch
    {
        NumberProblemReason.Missing =>
            "There is no phone number; give one in international form, a plus sign, the country code and the number.",
        NumberProblemReason.TooLongText =>
            "The text is longer than 64 characters, so it cannot be one phone number; give a single number in international form.",
        NumberProblemReason.NotInternational =>
            "The number does not start with a plus sign and a country code, so its country is unknown; "
            + "add them (in a URL or form body the plus sign is written %2B, or it arrives as a space).",
        NumberProblemReason.InvalidCharacters =>
            "The number holds characters that are neither digits nor spaces, dashes, dots or parentheses; give digits only, after a plus sign (a mailbox goes by the channel email).",
        NumberProblemReason.HasExtension =>
            "The number has an extension, which cannot receive a code; give a number that is reached directly.",
        NumberProblemReason.UnknownCallingCode =>
            "The digits after the plus sign are not a country code in use; check the country code, which never starts with 0.",
        NumberProblemReason.NationalPrefix =>
            "The country code is followed by a prefix that is dialled only inside the country, such as a leading 0; leave that prefix out.",
        NumberProblemReason.TooShort =>
            "The number has too few digits for its country; check that none is missing.",
        NumberProblemReason.TooLong =>
            "The number has too many digits for its country; check that none was typed twice.",
        NumberProblemReason.NotAssigned =>
            "No such number exists in its country's numbering plan, though the length is right; check the digits and the country code.",
        _ => throw new InvalidOperationException($"No explanation for {Reason}."),
    };

    // A record would print the suggestion, which is somebody's number.
    public override string ToString() => Suggestion is null ? ReasonName : $"{ReasonName} (with a suggestion)";
}
