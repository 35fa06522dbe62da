namespace Countersign.Server.Hosting;

/// <summary>How far what somebody typed is from what there is.</summary>
static class Spelling
{
    /// <summary>The name that was probably meant; null where none is near.</summary>
    public static string? Meant(string typed, IEnumerable<string> known) =>
        known.MinBy(name => Distance(typed, name)) is { } nearest && Distance(typed, nearest) <= Math.Max(2, typed.Length / 3) && Distance(typed, nearest) < nearest.Length ? nearest : null;

    /// <summary>Letters to insert, delete or change, regardless of case (Levenshtein).</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
