using System.Collections.Frozen;
using System.Globalization;

namespace Countersign.Core.Guard.Risk;

/// <summary>The hour where a person is, to about one: by the sun where the device is placed, else by the number's country, unless that has several hours at once.</summary>
static class LocalHours
{
    static readonly FrozenDictionary<string, short> Minutes = Load();

    /// <summary>The countries in the table.</summary>
    public static IEnumerable<string> Listed => Minutes.Keys;

    /// <summary>0 to 23; null where it cannot be told.</summary>
    public static int? At(DateTimeOffset now, in GeoPlace place, string? country)
    {
        var minutes = place.HasPoint ? place.Longitude * 4 : country is not null && Minutes.TryGetValue(country, out var listed) ? listed : float.NaN;
        return float.IsNaN(minutes) ? null : now.UtcDateTime.AddMinutes(minutes).Hour;
    }

    static FrozenDictionary<string, short> Load()
    {
        using var stream = typeof(LocalHours).Assembly.GetManifestResourceStream("local-hours.csv")!;
        using var reader = new StreamReader(stream);
        var minutes = new Dictionary<string, short>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#') && !line.StartsWith("country,", StringComparison.Ordinal))
            {
                minutes.Add(line[..2], short.Parse(line.AsSpan(3), CultureInfo.InvariantCulture));
            }
        }

        return minutes.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
