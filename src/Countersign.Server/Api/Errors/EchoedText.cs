using System.Globalization;
using System.Text;

namespace Countersign.Server.Api.Errors;

/// <summary>What a caller sent, made fit to be repeated in an error message.</summary>
static class EchoedText
{
    /// <summary>
    /// At most <paramref name="max"/> UTF-16 units, the last a <c>…</c> if something was cut; whatever has no
    /// picture of its own (controls, bidirectional overrides, lone surrogates) becomes U+FFFD.
    /// </summary>
    public static string Of(string text, int max)
    {
        var cut = text.Length > max;
        var length = cut ? max - 1 : text.Length;
        if (cut && char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }

        var result = new StringBuilder(length + 1);
        foreach (var rune in text.AsSpan(0, length).EnumerateRunes())
        {
            result.Append(IsInvisible(rune) ? "\uFFFD" : rune.ToString());
        }

        return cut ? result.Append('…').ToString() : result.ToString();
    }

    static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
