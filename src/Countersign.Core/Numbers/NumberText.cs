using System.Globalization;
using System.Text.RegularExpressions;

namespace Countersign.Core.Numbers;

/// <summary>
/// Takes a number as people write it down to its digits: spaces, dashes, dots, parentheses and invisible direction marks go,
/// digits of any script become ASCII. It knows nothing of countries.
/// </summary>
/// <param name="Length">How many digits were written to the buffer.</param>
/// <param name="HasPlus">Whether a plus sign stood before the first digit.</param>
/// <param name="BracketedZero">Where in the digits the zero of a <c>(0)</c> stands, or -1.</param>
/// <param name="Problem">Why the text cannot be a number, or null.</param>
readonly partial record struct NumberText(int Length, bool HasPlus, int BracketedZero, NumberProblemReason? Problem)
{
    /// <summary>Reads <paramref name="text"/> into <paramref name="digits"/>, which must be as long as the text.</summary>
    public static NumberText Read(ReadOnlySpan<char> text, Span<char> digits)
    {
        text = text.Trim();
        var length = 0;
        var hasPlus = false;
        var bracketedZero = -1;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsDigit(c))
            {
                if (c == '0' && length > 0 && bracketedZero < 0 && text[i - 1] == '(' && i + 1 < text.Length && text[i + 1] == ')')
                    bracketedZero = length;
                digits[length++] = (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c));
            }
            else if (c is '+' or '\uFF0B' && length == 0 && !hasPlus)
            {
                hasPlus = true;
            }
            else if (!IsSeparator(c))
            {
                var problem = length > 0 && Extension().IsMatch(text[i..]) ? NumberProblemReason.HasExtension : NumberProblemReason.InvalidCharacters;
                return new NumberText(length, hasPlus, bracketedZero, problem);
            }
        }

        return new NumberText(length, hasPlus, bracketedZero, length == 0 ? NumberProblemReason.Missing : null);
    }

    static bool IsSeparator(char c) => c switch
    {
        ' ' or '-' or '.' or '(' or ')' => true,
        < '\u0080' => false,
        // Soft hyphen, zero-width characters and direction marks: address books put them around a copied number.
        '\u00AD' or (>= '\u200B' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or '\u2060' or (>= '\u2066' and <= '\u2069') or '\uFEFF' => true,
        // Minus sign and the full-width dot and parentheses of East Asian keyboards.
        '\u2212' or '\uFF0E' or '\uFF08' or '\uFF09' => true,
        _ => char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator or UnicodeCategory.DashPunctuation,
    };

    [GeneratedRegex(@"\A(?:;ext=|ext(?:ension|n)?|x|#|,|;)[\s.:,;]*[0-9]{1,9}#?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Extension();
}
