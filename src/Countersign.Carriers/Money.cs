using System.Globalization;

namespace Countersign.Carriers;

/// <summary>Reads the prices that carriers write.</summary>
static class Money
{
    const decimal Most = 1000;

    /// <summary>A price above nothing and up to 1000; null for anything else, as no message costs that.</summary>
    public static decimal? Price(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var price) && price is > 0 and <= Most ? price : null;

    /// <summary>A currency in lower case; null for what is not three letters (ISO 4217).</summary>
    public static string? Currency(string? text) => text is { Length: 3 } && text.All(char.IsAsciiLetter) ? text.ToLowerInvariant() : null;
}
