namespace Countersign.Core.Numbers;

/// <summary>Why a text was refused as a mailbox, for a machine and for a person.</summary>
public sealed record EmailProblem
{
    internal EmailProblem(EmailProblemReason reason, string? suggestion = null) => (Reason, Suggestion) = (reason, suggestion);

    public EmailProblemReason Reason { get; }

    /// <summary>The address that was probably meant, where only one correction is plausible; it always parses. Personal data.</summary>
    public string? Suggestion { get; }

    /// <summary>The reason's stable name on the wire, in snake_case.</summary>
    public string ReasonName => Reason switch
    {
        EmailProblemReason.Missing => "missing",
        EmailProblemReason.TooLongText => "too_long_text",
        EmailProblemReason.NoAtSign => "no_at_sign",
        EmailProblemReason.SeveralAtSigns => "several_at_signs",
        EmailProblemReason.InvalidCharacters => "invalid_characters",
        EmailProblemReason.QuotedLocalPart => "quoted_local_part",
        EmailProblemReason.InternationalLocalPart => "international_local_part",
        EmailProblemReason.MisplacedDot => "misplaced_dot",
        EmailProblemReason.LocalPartTooLong => "local_part_too_long",
        EmailProblemReason.AddressLiteral => "address_literal",
        EmailProblemReason.InvalidDomain => "invalid_domain",
        EmailProblemReason.NoTopLevelDomain => "no_top_level_domain",
        EmailProblemReason.TooLong => "too_long",
        EmailProblemReason.MisspeltDomain => "misspelt_domain",
        _ => throw new InvalidOperationException($"No wire name for {Reason}."),
    };

    /// <summary>One sentence: what is wrong, why, and what to do. It never holds the address.</summary>
    public string Explanation => Reason switch
    {
        EmailProblemReason.Missing =>
            "There is no e-mail address; give one, such as name@example.com.",
        EmailProblemReason.TooLongText =>
            "The text is longer than 320 characters, so it cannot be one e-mail address; give a single address.",
        EmailProblemReason.NoAtSign =>
            "The e-mail address has no @ sign between the name and the domain; give both. A telephone number goes by sms, call or whatsapp.",
        EmailProblemReason.SeveralAtSigns =>
            "The text has more than one @ sign, so it is not one e-mail address; give a single address and nothing around it.",
        EmailProblemReason.InvalidCharacters =>
            "The part before the @ sign holds characters that no mailbox name has, such as spaces, brackets or commas; give the address alone.",
        EmailProblemReason.QuotedLocalPart =>
            "The part before the @ sign is in quotation marks, which mail services do not use; give the address without them.",
        EmailProblemReason.InternationalLocalPart =>
            "The part before the @ sign holds letters beyond ASCII, which many mail servers cannot receive (RFC 6531); give an address in plain letters.",
        EmailProblemReason.MisplacedDot =>
            "The part before the @ sign is empty, begins or ends with a dot, or has two dots in a row; check what is missing.",
        EmailProblemReason.LocalPartTooLong =>
            "The part before the @ sign is longer than 64 characters, the most that mail servers take; check that the address is right.",
        EmailProblemReason.AddressLiteral =>
            "The mail server is given by its IP address, which is not supported; give an address with a domain name.",
        EmailProblemReason.InvalidDomain =>
            "The part after the @ sign is not a domain name: letters, digits and hyphens between single dots; check it for slips.",
        EmailProblemReason.NoTopLevelDomain =>
            "The part after the @ sign has no ending such as .com or .org, so no mail server on the internet is meant by it; add the ending.",
        EmailProblemReason.TooLong =>
            "The e-mail address is longer than 254 characters, the most that mail servers take; check that it is right.",
        EmailProblemReason.MisspeltDomain =>
            "The part after the @ sign is a known misspelling of a mail service or of .com, so a code sent there would reach a stranger or nobody; correct it.",
        _ => throw new InvalidOperationException($"No explanation for {Reason}."),
    };

    // A record would print the suggestion, which is somebody's address.
    public override string ToString() => Suggestion is null ? ReasonName : $"{ReasonName} (with a suggestion)";
}
