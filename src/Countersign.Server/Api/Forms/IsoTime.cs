using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Countersign.Server.Api.Forms;

/// <summary>Moments as ISO 8601 writes them.</summary>
static class IsoTime
{
    static readonly string[] Forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>With a date, and a time with its offset or Z where there is one; a bare time is UTC.</summary>
    public static bool TryRead(string? text, [NotNullWhen(true)] out DateTimeOffset? time)
    {
        time = DateTimeOffset.TryParseExact(Cut(text), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read : null;
        return time is not null;
    }

    /// <summary>
    /// Without the digits behind a tenth of a microsecond, which is the smallest part that is kept: Java's clocks, and so its SDK, write nine. ISO 8601 and RFC 3339 know no most.
    /// </summary>
    static string? Cut(string? text)
    {
        const int kept = 7;
        if (text?.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot))
        {
            return text;
        }

        var end = dot + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end - dot - 1 > kept ? text.Remove(dot + 1 + kept, end - dot - 1 - kept) : text;
    }

    /// <summary>As <see cref="TryRead"/>, from a query or a form: both turn the plus sign of an offset that was not escaped into a space.</summary>
    public static bool TryReadFromQuery(string text, [NotNullWhen(true)] out DateTimeOffset? time) => TryRead(text.Replace(' ', '+'), out time);
}
