using System.Diagnostics.CodeAnalysis;

namespace Countersign.Core.Numbers;

/// <summary>
/// A mailbox that code mail can be sent to: a dot-atom, an <c>@</c> and a domain name (RFC 5321 section 4.1.2, RFC 5322 section 3.4.1), without quoted local parts,
/// comments and address literals, which no mail service hands out. An international domain is kept as its <c>xn--</c> form, so the whole is ASCII.
/// </summary>
/// <remarks>
/// The domain is lower-cased. The local part is kept as it was typed, because RFC 5321 leaves its case to the receiving host: that is what <see cref="Reveal"/> gives and
/// what mail is sent to. Hosts that tell <c>Jo@</c> from <c>jo@</c> are as good as extinct, while people and keyboards capitalise at random, so
/// <see cref="Identity"/>, by which a mailbox is indexed and compared, is lower-case. Dots and <c>+tags</c> are kept there: what they mean is the host's own. Only limits
/// (<see cref="Counted"/>) go by what most hosts make of them.
/// </remarks>
public sealed class EmailAddress : Destination, IEquatable<EmailAddress>
{
    /// <summary>Characters that <see cref="TryParse"/> looks at; longer texts are refused unread. With an international domain a text may be longer than the address.</summary>
    public const int MaxTextLength = 320;

    /// <summary>Characters of an address (RFC 5321 section 4.5.3.1.3, less the angle brackets of a path).</summary>
    public const int MaxLength = 254;

    /// <summary>Characters before the <c>@</c> (RFC 5321 section 4.5.3.1.1).</summary>
    public const int MaxLocalLength = 64;

    // A mask that showed one of two letters would leave a few dozen mailboxes to try.
    const int ShortestWithVisibleStart = 3;
    const string Dots = "•••";

    readonly string _address;
    readonly int _at;

    EmailAddress(string address)
    {
        _address = address;
        _at = address.LastIndexOf('@');
        Identity = address.ToLowerInvariant();
    }

    /// <summary>The address in lower case: one for all spellings of a mailbox.</summary>
    public override string Identity { get; }

    /// <summary>
    /// The mailbox without a <c>+tag</c>, and at Gmail (<c>googlemail.com</c> is the same) without dots: whoever asks for codes again and again by other spellings fills one
    /// person's mailbox.
    /// </summary>
    public override Destination Counted
    {
        get
        {
            var at = Identity.LastIndexOf('@');
            var domain = Identity.AsSpan(at + 1);
            var tag = Identity.AsSpan(0, at).IndexOf('+');
            var isGmail = domain is "gmail.com" or "googlemail.com";
            if (tag <= 0 && !isGmail)
            {
                return this;
            }

            var local = Identity[..(tag > 0 ? tag : at)];
            var counted = isGmail ? $"{local.Replace(".", "", StringComparison.Ordinal)}@gmail.com" : $"{local}@{domain}";
            return counted == Identity ? this : new EmailAddress(counted);
        }
    }

    /// <summary>A mailbox tells no country: always <c>ZZ</c>.</summary>
    public override string Country => "ZZ";

    /// <summary>The domain in lower-case ASCII, international labels as <c>xn--</c>.</summary>
    public string Domain => _address[(_at + 1)..];

    /// <summary>Whether the domain is reserved for examples and tests (RFC 2606, RFC 6761: <c>example.com</c>, <c>.test</c>, <c>.invalid</c>, …): nobody reads its mail.</summary>
    public bool IsFictional => MailDomain.IsReserved(_address.AsSpan(_at + 1));

    /// <summary>Reads a mailbox. Spaces around it go; what is written otherwise than the mailbox itself is refused, with a suggestion where one is plausible.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out EmailAddress? address, [NotNullWhen(false)] out EmailProblem? problem)
    {
        var reason = Read(text, out address);
        problem = reason is null ? null : new EmailProblem(reason.Value, EmailSuggestion.For(text, reason.Value));
        return address is not null;
    }

    /// <summary>The mailbox that a store kept. It is not judged again: a row that was valid when it was written must stay readable.</summary>
    /// <exception cref="FormatException">The text was never a mailbox of ours.</exception>
    public static new EmailAddress Restore(string address)
    {
        var at = address.LastIndexOf('@');
        if (at < 1 || at == address.Length - 1 || address.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new FormatException("A stored mailbox is not an address.");
        return new EmailAddress(address);
    }

    public override string Reveal() => _address;

    /// <summary>The first letters and the top-level domain, <c>j•••@e•••.com</c>, whatever the lengths; of names of one or two letters nothing is shown.</summary>
    public override string ToString()
    {
        var domain = _address.AsSpan(_at + 1);
        var name = domain[..Math.Max(domain.LastIndexOf('.'), 0)];
        // The x of an xn-- label is nobody's first letter.
        var start = name.StartsWith("xn--", StringComparison.Ordinal) ? "" : Start(name);
        return $"{Start(_address.AsSpan(0, _at))}{Dots}@{start}{Dots}{domain[name.Length..]}";
    }

    public bool Equals(EmailAddress? other) => other is not null && Identity == other.Identity;

    public override bool Equals(object? obj) => Equals(obj as EmailAddress);

    public override int GetHashCode() => Identity.GetHashCode(StringComparison.Ordinal);

    public static bool operator ==(EmailAddress? left, EmailAddress? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(EmailAddress? left, EmailAddress? right) => !(left == right);

    /// <summary>Why the text is no mailbox, or null and the mailbox.</summary>
    internal static EmailProblemReason? Read(string? text, out EmailAddress? address)
    {
        address = null;
        if (string.IsNullOrWhiteSpace(text))
            return EmailProblemReason.Missing;
        if (text.Length > MaxTextLength)
            return EmailProblemReason.TooLongText;

        var whole = text.AsSpan().Trim();
        var at = whole.LastIndexOf('@');
        if (at < 0)
            return EmailProblemReason.NoAtSign;
        if (WhyNotLocal(whole[..at]) is { } inLocal)
            return inLocal;
        if (MailDomain.Read(whole[(at + 1)..], out var domain) is { } inDomain)
            return inDomain;
        if (at + 1 + domain.Length > MaxLength)
            return EmailProblemReason.TooLong;
        if (MailDomain.Meant(domain) is not null)
            return EmailProblemReason.MisspeltDomain;

        address = new EmailAddress($"{whole[..at]}@{domain}");
        return null;
    }

    static EmailProblemReason? WhyNotLocal(ReadOnlySpan<char> local)
    {
        if (local.StartsWith('"'))
            return EmailProblemReason.QuotedLocalPart;
        if (local.Contains('@'))
            return EmailProblemReason.SeveralAtSigns;
        foreach (var c in local)
        {
            if (c > '\u009F' && !char.IsWhiteSpace(c) && !EmailSuggestion.IsInvisible(c))
                return EmailProblemReason.InternationalLocalPart;
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-/=?^_`{|}~.".Contains(c))
                return EmailProblemReason.InvalidCharacters;
        }

        return local.IsEmpty || local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal) ? EmailProblemReason.MisplacedDot
            : local.Length > MaxLocalLength ? EmailProblemReason.LocalPartTooLong
            : null;
    }

    static ReadOnlySpan<char> Start(ReadOnlySpan<char> name) => name.Length >= ShortestWithVisibleStart ? name[..1] : [];
}
