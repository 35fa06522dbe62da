using System.Globalization;
using System.Text;

namespace Countersign.Server.Api;

/// <summary>Text that callers put into messages: it has to read as it is, since whoever chose it may be the fraudster.</summary>
static class VisibleText
{
    /// <summary>Whether a text is one line of characters that are seen, in the order that they are written in.</summary>
    public static bool IsOneLine(string text)
    {
        foreach (var character in text.EnumerateRunes())
        {
            if (IsMisleading(character))
            {
                return false;
            }
        }

        return true;
    }

    static bool IsMisleading(Rune character) => Rune.GetUnicodeCategory(character) switch
    {
        // The two joiners shape letters of some scripts, and emoji; every other format character hides or reorders.
        UnicodeCategory.Format => character.Value is not (0x200c or 0x200d),
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        _ => false,
    };
}
