using System.Collections.Frozen;
using System.Globalization;

namespace Countersign.Core.Guard.Fraud;

/// <summary>What is known of a country before a service ever sent there: shipped as <c>country-priors.csv</c>, own estimates, the same for all services.</summary>
/// <param name="PriceMicros">List price of a text message in millionths of a US dollar.</param>
/// <param name="Risk">Log-odds that a start is pumped when the service has no people there yet: 0.8 for most countries to 3.</param>
public sealed record CountryPrior(int PriceMicros, float Risk)
{
    /// <summary>Log-odds that the price alone adds: what is dear pays more.</summary>
    public float PriceOdds => Math.Min(1f, PriceMicros / 200_000f);
}

/// <summary>The shipped table.</summary>
public static class CountryPriors
{
    static readonly CountryPrior Unknown = new(150_000, 1.8f);
    static readonly FrozenDictionary<string, CountryPrior> Known = Load();

    /// <summary>By ISO 3166-1 alpha-2 code; a country that is not listed counts as middling.</summary>
    public static CountryPrior Of(string country) => Known.GetValueOrDefault(country, Unknown);

    internal static IEnumerable<string> Listed => Known.Keys;

    static FrozenDictionary<string, CountryPrior> Load()
    {
        using var stream = typeof(CountryPriors).Assembly.GetManifestResourceStream("country-priors.csv")!;
        using var reader = new StreamReader(stream);
        var priors = new Dictionary<string, CountryPrior>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || line.StartsWith("country,", StringComparison.Ordinal))
            {
                continue;
            }

            var fields = line.Split(',');
            priors.Add(fields[0], new CountryPrior(int.Parse(fields[1], CultureInfo.InvariantCulture), fields[2] switch
            {
                "low" => 0.8f,
                "medium" => 1.8f,
                "high" => 3f,
                var other => throw new InvalidDataException($"country-priors.csv knows no risk {other}."),
            }));
        }

        return priors.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
