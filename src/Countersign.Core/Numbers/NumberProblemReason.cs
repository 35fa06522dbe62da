namespace Countersign.Core.Numbers;

/// <summary>Why a text is not a phone number that a code can be sent to. Closed: a new reason is a change of the API.</summary>
public enum NumberProblemReason
{
    Missing,

    /// <summary>More than <see cref="PhoneNumber.MaxTextLength"/> characters.</summary>
    TooLongText,

    /// <summary>No leading <c>+</c> and country code.</summary>
    NotInternational,
    InvalidCharacters,
    HasExtension,
    UnknownCallingCode,

    /// <summary>A domestic dialling prefix follows the country code: the 0 of <c>+44 0…</c>.</summary>
    NationalPrefix,
    TooShort,
    TooLong,

    /// <summary>The length fits, but no such number exists in that country's plan.</summary>
    NotAssigned,
}
