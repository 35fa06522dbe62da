using System.Collections.Frozen;
using PhoneNumbers;

namespace Countersign.Core.Numbers;

/// <summary>The countries that have telephone numbers: what <see cref="Destination.Country"/> can be.</summary>
public static class Countries
{
    static readonly FrozenSet<string> Known = PhoneNumberUtil.GetInstance().GetSupportedRegions().ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether this is the ISO 3166-1 alpha-2 code of one, in capitals.</summary>
    public static bool Contains(string country) => Known.Contains(country);

    /// <summary>The calling code of a country in capitals, 1 to 999; 0 for one that is not known.</summary>
    public static int CallingCodeOf(string country) => PhoneNumberUtil.GetInstance().GetCountryCodeForRegion(country);
}
