using System.Text;

namespace Countersign.Core.Numbers;

/// <summary>Finds the mailbox that was probably meant by a refused text. Only on the way to a refusal.</summary>
static class EmailSuggestion
{
    /// <summary>The corrected address, in the form that <see cref="EmailAddress.Reveal"/> gives; null where none or more than one is plausible.</summary>
    public static string? For(string? text, EmailProblemReason reason)
    {
        if (reason is EmailProblemReason.Missing or EmailProblemReason.TooLongText or EmailProblemReason.InternationalLocalPart)
            return null;

        var meant = WithoutSlips(Bare(text!));
        if (EmailAddress.Read(meant, out var address) == EmailProblemReason.MisspeltDomain)
        {
            var at = meant.LastIndexOf('@');
            MailDomain.Read(meant.AsSpan(at + 1), out var domain);
            _ = EmailAddress.Read($"{meant.AsSpan(0, at)}@{MailDomain.Meant(domain)}", out address);
        }

        return address?.Reveal();
    }

    /// <summary>Soft hyphen, zero-width characters and direction marks: what comes along when text is copied.</summary>
    public static bool IsInvisible(char c) =>
        c is '\u00AD' or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or '\u2060' or (>= '\u2066' and <= '\u2069') or '\uFEFF';

    /// <summary>Without <c>mailto:</c> and its query, a name before angle brackets, and punctuation around the whole.</summary>
    static ReadOnlySpan<char> Bare(string text)
    {
        var rest = text.AsSpan().Trim(" \t\r\n\u00A0.,;");
        if (rest.LastIndexOf('<') is var open and >= 0 && rest.EndsWith('>'))
            rest = rest[(open + 1)..^1];
        if (rest.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest["mailto:".Length..];
            if (rest.IndexOf('?') is var query and >= 0)
                rest = rest[..query];
        }

        return rest.Trim(" \t\r\n\u00A0.,;:<>()[]\"'");
    }

    /// <summary>
    /// Without invisible characters, without spaces beside the <c>@</c>, beside a dot or in the domain, and with single dots in the domain. A space between two
    /// names before the <c>@</c> stays: it may have been a dot, or nothing.
    /// </summary>
    static string WithoutSlips(ReadOnlySpan<char> text)
    {
        var kept = new StringBuilder(text.Length);
        var inDomain = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (IsInvisible(c) || (char.IsWhiteSpace(c) && (inDomain || IsBeside(text, i))))
                continue;
            inDomain |= c == '@';
            if (inDomain && c is ',' or '.')
            {
                c = '.';
                if (kept[^1] == '.')
                    continue;
            }

            kept.Append(c);
        }

        return kept.ToString();
    }

    /// <summary>Whether the next visible character before or after a space is an <c>@</c> or a dot.</summary>
    static bool IsBeside(ReadOnlySpan<char> text, int space)
    {
        var before = text[..space].TrimEnd();
        var after = text[(space + 1)..].TrimStart();
        return before is [.., '@' or '.'] || after is ['@' or '.', ..];
    }
}
