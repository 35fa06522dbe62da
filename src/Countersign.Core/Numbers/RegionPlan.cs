using System.Text.RegularExpressions;
using PhoneNumbers;

namespace Countersign.Core.Numbers;

/// <summary>
/// The numbers of one country, as one regex for each length. libphonenumber tries up to ten patterns a number and allocates;
/// this gives the same answer with one match and no allocation.
/// </summary>
sealed class RegionPlan
{
    // Never compiled: a compiled regex costs milliseconds and is used for one country; interpreted it answers in about 0.2 µs.
    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    readonly Regex?[] _byLength = new Regex?[NumberingPlan.MaxDigits + 1];
    readonly PhoneNumberDesc _general;
    readonly PhoneNumberDesc[] _kinds;

    public RegionPlan(string country, PhoneMetadata metadata)
    {
        Country = country;
        LeadingDigits = PrefixPattern.From(metadata.LeadingDigits);
        _general = metadata.GeneralDesc;
        PhoneNumberDesc?[] kinds =
        [
            metadata.Mobile, metadata.FixedLine, metadata.Voip, metadata.TollFree, metadata.PremiumRate,
            metadata.SharedCost, metadata.PersonalNumber, metadata.Pager, metadata.Uan, metadata.Voicemail,
        ];
        _kinds = [.. kinds.OfType<PhoneNumberDesc>().Where(kind => kind.HasNationalNumberPattern)];
        var usual = _kinds.Where(kind => kind == metadata.Mobile || kind == metadata.FixedLine);
        UsualLengths = [.. usual.DefaultIfEmpty(_general)
            .SelectMany(kind => kind.PossibleLengthCount > 0 ? kind.PossibleLengthList : _general.PossibleLengthList)
            .Where(length => length > 0)];
    }

    /// <summary>ISO 3166-1 alpha-2, or <c>ZZ</c> for a calling code of no country.</summary>
    public string Country { get; }

    /// <summary>Where several countries share a calling code: what a number of this one, and of no other, starts with.</summary>
    public PrefixPattern? LeadingDigits { get; }

    /// <summary>Lengths of mobile and fixed-line numbers without the calling code; all lengths where there are neither.</summary>
    public int[] UsualLengths { get; }

    public bool Has(ReadOnlySpan<char> national) =>
        national.Length < _byLength.Length && (_byLength[national.Length] ??= Build(national.Length)).IsMatch(national);

    Regex Build(int length)
    {
        var patterns = _kinds
            .Where(kind => kind.PossibleLengthCount == 0 || kind.PossibleLengthList.Contains(length))
            .Select(kind => kind.NationalNumberPattern)
            .Distinct()
            .ToArray();
        return patterns.Length == 0 || !_general.PossibleLengthList.Contains(length)
            ? Nothing
            : new Regex($@"\A(?=(?:{_general.NationalNumberPattern})\z)(?:{string.Join('|', patterns)})\z", Options);
    }

    static readonly Regex Nothing = new("(?!)", Options);
}
