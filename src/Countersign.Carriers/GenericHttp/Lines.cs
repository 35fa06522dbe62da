namespace Countersign.Carriers.GenericHttp;

/// <summary>Settings of several lines, each a pair.</summary>
static class Lines
{
    /// <summary>The lines that are not blank, split at the first separator and trimmed; Value is null where there is none.</summary>
    public static IEnumerable<(string Name, string? Value)> Pairs(string? text, char separator)
    {
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = line.IndexOf(separator, StringComparison.Ordinal);
            yield return at < 0 ? (line, null) : (line[..at].Trim(), line[(at + 1)..].Trim());
        }
    }

    /// <summary>Ranges such as <c>200,202,204-206</c>; null where one is none.</summary>
    public static List<(int From, int To)>? Ranges(string text)
    {
        var ranges = new List<(int, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', 2);
            if (!TryStatus(ends[0], out var from) || !TryStatus(ends[^1], out var to) || from > to)
            {
                return null;
            }

            ranges.Add((from, to));
        }

        return ranges;

        static bool TryStatus(string text, out int status) =>
            int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
    }
}
