using PhoneNumbers;

namespace Countersign.Core.Numbers;

/// <summary>
/// The numbers of one country, as one regex for each length. libphonenumber tries up to ten patterns a number and allocates;
/// this gives the same answer with one match and no allocation.
/// </summary>
sealed class RegionPlan
{
    readonly PlanRegex?[] _byLength = new PlanRegex?[NumberingPlan.MaxDigits + 1];
    readonly PhoneNumberDesc _general;
    readonly PhoneNumberDesc[] _kinds;
    readonly PhoneMetadata _metadata;
    readonly bool _isMobileFixed;
    readonly PlanRegex?[,] _byKind = new PlanRegex?[3, NumberingPlan.MaxDigits + 1];

    public RegionPlan(string country, PhoneMetadata metadata)
    {
        Country = country;
        _metadata = metadata;
        _isMobileFixed = metadata.SameMobileAndFixedLinePattern;
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

    /// <summary>
    /// The type of a number that this country has, where it is a mobile, a fixed line or may be either, as nearly all are; null for every other type, which the library tells apart.
    /// The library asks in the same order: what is special first.
    /// </summary>
    /// <param name="national">The number.</param>
    /// <param name="isValid">The plan is known to have it: then what is not special is a fixed line or a mobile, and where those are not told apart nothing more need be asked.</param>
    public LineType? OrdinaryTypeOf(ReadOnlySpan<char> national, bool isValid)
    {
        if (national.Length >= _byLength.Length || IsOf(SpecialKinds, national))
        {
            return null;
        }

        if (isValid && _isMobileFixed)
        {
            return LineType.FixedLineOrMobile;
        }

        if (IsOf(FixedKind, national))
        {
            return _isMobileFixed || IsOf(MobileKind, national) ? LineType.FixedLineOrMobile : LineType.FixedLine;
        }

        return !_isMobileFixed && IsOf(MobileKind, national) ? LineType.Mobile : null;
    }

    const int SpecialKinds = 0, MobileKind = 1, FixedKind = 2;

    bool IsOf(int kinds, ReadOnlySpan<char> national) => (_byKind[kinds, national.Length] ??= Build(national.Length, kinds switch
    {
        MobileKind => _kinds.Where(kind => kind == _metadata.Mobile),
        FixedKind => _kinds.Where(kind => kind == _metadata.FixedLine),
        _ => _kinds.Where(kind => kind != _metadata.Mobile && kind != _metadata.FixedLine),
    })).IsMatch(national);

    PlanRegex Build(int length) => Build(length, _kinds);

    PlanRegex Build(int length, IEnumerable<PhoneNumberDesc> kinds)
    {
        var patterns = kinds
            .Where(kind => kind.PossibleLengthCount == 0 || kind.PossibleLengthList.Contains(length))
            .Select(kind => kind.NationalNumberPattern)
            .Distinct()
            .ToArray();
        return patterns.Length == 0 || !_general.PossibleLengthList.Contains(length)
            ? Nothing
            : new PlanRegex($@"\A(?=(?:{_general.NationalNumberPattern})\z)(?:{string.Join('|', patterns)})\z");
    }

    static readonly PlanRegex Nothing = new("(?!)");
}
