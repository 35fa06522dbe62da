namespace Countersign.Carriers;

/// <summary>Takes over a carrier's own words only where they cannot hold a number or a text.</summary>
static class CarrierWords
{
    const int LongestCode = 64;
    const int LongestId = 128;

    // A code of seven digits in a row could be a number that the carrier quotes.
    const int DigitsOfANumber = 7;

    /// <summary>A carrier's error code: letters, digits and <c>_ - . :</c>, at most 64, no seven digits in a row; null for anything else.</summary>
    public static string? Code(string? text)
    {
        if (text is not { Length: > 0 and <= LongestCode })
        {
            return null;
        }

        var digits = 0;
        foreach (var letter in text)
        {
            digits = char.IsAsciiDigit(letter) ? digits + 1 : 0;
            if (digits == DigitsOfANumber || (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-' or '.' or ':')))
            {
                return null;
            }
        }

        return text;
    }

    /// <summary>A carrier's name for a message: visible ASCII without spaces, at most 128; null for anything else.</summary>
    public static string? Id(string? text) =>
        text is { Length: > 0 and <= LongestId } && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 ? text : null;
}
