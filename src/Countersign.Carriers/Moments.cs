using System.Globalization;

namespace Countersign.Carriers;

/// <summary>Reads the times that carriers write; null for what is none, or is further off than a calendar goes.</summary>
static class Moments
{
    const long LastSecond = 253402300799; // The end of the year 9999.

    public static DateTimeOffset? OfUnixSeconds(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    public static DateTimeOffset? OfUnixMilliseconds(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= LastSecond * 1000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    /// <summary>ISO 8601, with or without a colon in the offset.</summary>
    public static DateTimeOffset? OfIso(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment : null;

    /// <summary>Whether a text of Unix seconds stands for a moment no further from now than allowed, before or after.</summary>
    public static bool IsNear(string? text, DateTimeOffset now, TimeSpan tolerance) => OfUnixSeconds(text) is { } moment && (moment - now).Duration() <= tolerance;
}
