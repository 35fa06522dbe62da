namespace Countersign.Core.Numbers;

/// <summary>Why a text is not a mailbox that a code can be sent to. Closed: a new reason is a change of the API.</summary>
public enum EmailProblemReason
{
    Missing,

    /// <summary>More than <see cref="EmailAddress.MaxTextLength"/> characters.</summary>
    TooLongText,
    NoAtSign,

    /// <summary>Two addresses, or an address inside something else.</summary>
    SeveralAtSigns,

    /// <summary>Spaces, brackets, commas, comments, control characters: none of them is part of a mailbox's name.</summary>
    InvalidCharacters,

    /// <summary><c>"john smith"@…</c>: allowed by RFC 5321, used by nobody.</summary>
    QuotedLocalPart,

    /// <summary>Characters beyond ASCII before the <c>@</c> (RFC 6531), which most mail servers still refuse.</summary>
    InternationalLocalPart,

    /// <summary>The local part is empty, or begins or ends with a dot, or has two in a row.</summary>
    MisplacedDot,

    /// <summary>More than <see cref="EmailAddress.MaxLocalLength"/> characters before the <c>@</c>.</summary>
    LocalPartTooLong,

    /// <summary><c>…@[192.0.2.1]</c>.</summary>
    AddressLiteral,

    /// <summary>What follows the <c>@</c> is no domain name.</summary>
    InvalidDomain,

    /// <summary>The domain has no dot, or ends in a number.</summary>
    NoTopLevelDomain,

    /// <summary>More than <see cref="EmailAddress.MaxLength"/> characters, its domain written in ASCII.</summary>
    TooLong,

    /// <summary>A misspelling of a large mail service that whoever registered it would get the code by, or an ending that does not exist.</summary>
    MisspeltDomain,
}
