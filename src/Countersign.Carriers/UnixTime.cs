using System.Globalization;

namespace Countersign.Carriers;

/// <summary>Reads Unix time in seconds, as signatures carry it.</summary>
static class UnixTime
{
    // 31 December 9999, the last that .NET knows.
    const long Latest = 253402300799;

    /// <summary>The moment that a text of digits stands for; null for anything else.</summary>
    public static DateTimeOffset? Read(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= Latest ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>Whether a text stands for a moment no further from now than allowed, before or after.</summary>
    public static bool IsNear(string? text, DateTimeOffset now, TimeSpan tolerance) => Read(text) is { } moment && (moment - now).Duration() <= tolerance;
}
