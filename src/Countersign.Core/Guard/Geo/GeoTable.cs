using Countersign.Core.Channels;

namespace Countersign.Core.Guard.Geo;

/// <summary>Which countries messages go to: what holds for some by name, and what holds for all others.</summary>
public sealed record GeoTable
{
    // Stands first: what is made of it below is made in this order.
    static readonly IReadOnlyDictionary<string, GeoRules> None = new Dictionary<string, GeoRules>();

    /// <summary>As shipped: everywhere.</summary>
    public static readonly GeoTable AllowAll = new();

    /// <summary>Stands for numbers of no country: +800, +881.</summary>
    public const string NoCountry = "ZZ";

    /// <summary>What holds for every country that is not named. Default: allow.</summary>
    public GeoRules Default { get; init; }

    /// <summary>What holds for a country by its ISO 3166-1 alpha-2 code in capitals, or <see cref="NoCountry"/>.</summary>
    // Note: a row from before there were any reads as null.
    public IReadOnlyDictionary<string, GeoRules> Countries { get; init => field = value ?? None; } = None;

    /// <summary>Whether nothing is denied or watched anywhere.</summary>
    public bool IsOpen => Countries.Count == 0 && Default == default;

    /// <summary>What holds for a country by every channel.</summary>
    public GeoRules For(string country) => Countries.TryGetValue(country, out var rules) ? rules : Default;

    /// <summary>What holds for a country by a channel.</summary>
    public GeoRule For(string country, Channel channel) => For(country).For(channel);

    /// <summary>The table with another rule for a country.</summary>
    public GeoTable With(string country, GeoRules rules) => this with { Countries = new Dictionary<string, GeoRules>(Countries) { [country] = rules } };

    /// <summary>The table with no rule for that country, so that the default holds for it.</summary>
    public GeoTable Without(string country) => this with { Countries = Countries.Where(entry => entry.Key != country).ToDictionary() };

    /// <summary>Whether a text is a country that a table can name.</summary>
    public static bool CanName(string country) => country == NoCountry || Numbers.Countries.Contains(country);
}
