using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Countersign.Core.Numbers;

/// <summary>The part of an address after the <c>@</c>: a domain name of two labels or more (RFC 1123 section 2.1), international labels in their ASCII form (RFC 5891).</summary>
static class MailDomain
{
    const int MaxLength = 253;
    const int MaxLabel = 63;

    static readonly IdnMapping Idn = new();

    /// <summary>
    /// Misspellings of large mail services. Most are registered, some by people who collect what arrives, so a code must not go there. Only names that are no mail
    /// service themselves: <c>ymail.com</c>, <c>mail.com</c> and <c>email.com</c> are.
    /// </summary>
    static readonly FrozenDictionary<string, string> Misspellings = new (string Meant, string Written)[]
    {
        ("gmail.com", "gmial gmai gamil gmal gnail gmil gmaill gmaiil gmali gmqil gmsil gimail ggmail gmaul gmall gmail.co gmail.cm gmail.om"),
        ("hotmail.com", "hotmial hotmal hotmai hotmil hotamil hotnail hotmaill homail hotmali hotmail.co hotmail.cm hotmail.om"),
        ("yahoo.com", "yaho yahooo yahho yhaoo yhoo yaoo yahoo.co yahoo.cm yahoo.om"),
        ("outlook.com", "outlok outloo outllok outlool outloook oulook outlook.co outlook.cm outlook.om"),
        ("icloud.com", "iclod icoud iclould icloud.co icloud.cm icloud.om"),
    }.SelectMany(service => service.Written.Split(' ').Select(name => KeyValuePair.Create(name.Contains('.') ? name : $"{name}.com", service.Meant))).ToFrozenDictionary();

    // None of these is a top-level domain; .co, .cm and .om are.
    static readonly string[] NoEndings = [".con", ".cmo", ".ocm", ".vom", ".xom", ".cpm", ".comm", ".coom", ".ccom"];

    static readonly string[] Reserved = ["example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"];

    /// <summary>Why the text is no domain name, or null and the name: lower-case ASCII without a dot at its end.</summary>
    public static EmailProblemReason? Read(ReadOnlySpan<char> text, out string domain)
    {
        domain = "";
        if (text is ['[', ..])
            return EmailProblemReason.AddressLiteral;

        var labels = Folded(text).Split('.');
        for (var i = 0; i < labels.Length; i++)
        {
            if (ToAscii(labels[i]) is not { } ascii)
                return EmailProblemReason.InvalidDomain;
            labels[i] = ascii;
        }

        if (labels.Length < 2 || !labels[^1].Any(char.IsAsciiLetter))
            return EmailProblemReason.NoTopLevelDomain;
        domain = string.Join('.', labels);
        return domain.Length > MaxLength ? EmailProblemReason.TooLong : null;
    }

    /// <summary>The domain that a misspelt one stands for; null where it is no known misspelling.</summary>
    public static string? Meant(string domain)
    {
        foreach (var ending in NoEndings)
        {
            if (domain.EndsWith(ending, StringComparison.Ordinal))
            {
                domain = $"{domain.AsSpan(0, domain.Length - ending.Length)}.com";
                return Misspellings.GetValueOrDefault(domain, domain);
            }
        }

        return Misspellings.GetValueOrDefault(domain);
    }

    /// <summary>Whether the domain, or one that it is below, is reserved for examples and tests (RFC 2606, RFC 6761).</summary>
    public static bool IsReserved(ReadOnlySpan<char> domain)
    {
        foreach (var reserved in Reserved)
        {
            if (domain.EndsWith(reserved, StringComparison.Ordinal) && (domain.Length == reserved.Length || domain[^(reserved.Length + 1)] == '.'))
                return true;
        }

        return false;
    }

    /// <summary>Lower case; full-width ASCII and the full stops of East Asian keyboards become ASCII.</summary>
    static string Folded(ReadOnlySpan<char> text) => string.Create(text.Length, text, static (span, text) =>
    {
        text.ToLowerInvariant(span);
        foreach (ref var c in span)
        {
            c = c switch
            {
                '\u3002' or '\uFF61' => '.',
                >= '\uFF01' and <= '\uFF5E' => char.ToLowerInvariant((char)(c - 0xFEE0)),
                _ => c,
            };
        }
    });

    static string? ToAscii(string label)
    {
        if (label.Length is 0 or > MaxLabel || label[0] == '-' || label[^1] == '-')
            return null;
        if (label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            return !label.StartsWith("xn--", StringComparison.Ordinal) || IsAsciiForm(label) ? label : null;
        if (!AllRunes(label, IsTyped))
            return null;

        try
        {
            return Idn.GetAscii(label);
        }
        catch (ArgumentException)
        {
            return null; // Longer than 63 characters as ASCII, or of mixed direction.
        }
    }

    /// <summary>Whether an <c>xn--</c> label stands for something, and is the one form of it.</summary>
    static bool IsAsciiForm(string label)
    {
        try
        {
            var unicode = Idn.GetUnicode(label);
            return AllRunes(unicode, IsLabelRune) && Idn.GetAscii(unicode) == label;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    static bool AllRunes(string label, Predicate<Rune> allowed)
    {
        foreach (var rune in label.EnumerateRunes())
        {
            if (!allowed(rune))
                return false;
        }

        return true;
    }

    /// <summary>Letters that have no upper case or are lower, marks and digits: about what RFC 5892 section 2 lets into a label.</summary>
    static bool IsLabelRune(Rune rune) => rune.Value == '-' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;

    /// <summary>
    /// The same without what a normaliser would rewrite (composable marks and jamo, presentation and compatibility forms). .NET normalises nothing when it runs without
    /// ICU, as we do; taken as they are, these would name another domain than the person means.
    /// </summary>
    static bool IsTyped(Rune rune) => IsLabelRune(rune) && rune.Value is not (
        (>= 0x0300 and <= 0x036F) or (>= 0x0653 and <= 0x0655) or (>= 0x0958 and <= 0x095F) or (>= 0x1100 and <= 0x11FF) or (>= 0x2070 and <= 0x214F)
        or 0x3099 or 0x309A or (>= 0xA960 and <= 0xA97F) or (>= 0xD7B0 and <= 0xD7FF) or (>= 0xF900 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFFDC)
        or (>= 0x1D400 and <= 0x1D7FF) or (>= 0x2F800 and <= 0x2FA1F));
}
