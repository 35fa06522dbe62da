using System.Globalization;
using PhoneNumbers;

namespace Countersign.Core.Numbers;

/// <summary>The countries behind one calling code, in libphonenumber's order: the main one first. Built when first needed, then kept.</summary>
sealed class NumberingPlan
{
    /// <summary>Digits in an E.164 number at most, calling code included (ITU-T E.164, 6.2).</summary>
    public const int MaxDigits = 15;

    public const string NoCountry = "ZZ";

    static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();
    static readonly bool[] Known = KnownCallingCodes();
    static readonly NumberingPlan?[] Plans = new NumberingPlan?[Known.Length];

    readonly RegionPlan[] _regions;
    readonly PrefixPattern? _nationalPrefix;
    readonly int _shortest;
    readonly int _longest;

    NumberingPlan(int callingCode)
    {
        CallingCode = callingCode;
        CallingCodeLength = callingCode < 10 ? 1 : callingCode < 100 ? 2 : 3;
        var regions = Library.GetRegionCodesForCountryCode(callingCode);
        _regions = [.. regions.Select(region => new RegionPlan(CountryOfRegion(region), Metadata(callingCode, region)))];
        _nationalPrefix = PrefixPattern.From(Metadata(callingCode, regions[0]).NationalPrefixForParsing);
        var lengths = _regions.SelectMany(region => region.UsualLengths).ToArray();
        (_shortest, _longest) = (lengths.Min(), lengths.Max());
    }

    public int CallingCode { get; }

    public int CallingCodeLength { get; }

    /// <summary>The main country of the calling code.</summary>
    public string MainCountry => _regions[0].Country;

    /// <summary>The plan of a number given without its plus sign; null if it starts with no calling code in use.</summary>
    public static NumberingPlan? Of(ReadOnlySpan<char> digits)
    {
        var code = 0;
        for (var i = 0; i < Math.Min(3, digits.Length); i++)
        {
            code = (code * 10) + digits[i] - '0';
            if (code == 0)
                return null;
            if (Known[code])
                // Two threads may build the same plan; either copy is right.
                return Plans[code] ??= new NumberingPlan(code);
        }

        return null;
    }

    /// <summary>The region that has this number (without calling code), or null: libphonenumber's GetRegionCodeForNumber and IsValidNumber in one.</summary>
    public RegionPlan? RegionOf(ReadOnlySpan<char> national)
    {
        foreach (var region in _regions)
        {
            if (region.LeadingDigits is { } leading && _regions.Length > 1)
            {
                if (leading.Starts(national))
                    return region.Has(national) ? region : null;
            }
            else if (region.Has(national))
            {
                return region;
            }
        }

        return null;
    }

    /// <summary>The country that the first digits point to, whether or not the number exists; the main one if they do not tell.</summary>
    public string LikelyCountryOf(ReadOnlySpan<char> national)
    {
        if (RegionOf(national) is { } own)
            return own.Country;
        foreach (var region in _regions)
        {
            if (region.LeadingDigits?.Starts(national) == true)
                return region.Country;
        }

        return MainCountry;
    }

    /// <summary>Whether libphonenumber may take a domestic prefix off this number: only then is its slower parser asked.</summary>
    public bool MayStartWithNationalPrefix(ReadOnlySpan<char> national) => _nationalPrefix?.Starts(national) == true;

    /// <summary>What is wrong with the length, or <see cref="NumberProblemReason.NotAssigned"/> if nothing is.</summary>
    public NumberProblemReason WhyNot(ReadOnlySpan<char> national) =>
        national.Length < _shortest ? NumberProblemReason.TooShort
        : national.Length > _longest ? NumberProblemReason.TooLong
        : NumberProblemReason.NotAssigned;

    /// <summary>The number as libphonenumber reads it, a domestic prefix taken off, in E.164; null if it reads none.</summary>
    public static string? LibraryReading(string text, string? region)
    {
        try
        {
            return Library.Format(Library.Parse(text, region?.ToUpperInvariant()), PhoneNumberFormat.E164);
        }
        catch (NumberParseException)
        {
            return null;
        }
    }

    /// <summary>The kind of line as libphonenumber tells it.</summary>
    public static LineType TypeOf(int callingCode, string national)
    {
        return Library.GetNumberType(LibraryNumber(callingCode, national)) switch
        {
            PhoneNumberType.MOBILE => LineType.Mobile,
            PhoneNumberType.FIXED_LINE => LineType.FixedLine,
            PhoneNumberType.FIXED_LINE_OR_MOBILE => LineType.FixedLineOrMobile,
            PhoneNumberType.VOIP => LineType.Voip,
            PhoneNumberType.TOLL_FREE => LineType.TollFree,
            PhoneNumberType.PREMIUM_RATE => LineType.PremiumRate,
            PhoneNumberType.SHARED_COST => LineType.SharedCost,
            PhoneNumberType.PERSONAL_NUMBER => LineType.PersonalNumber,
            PhoneNumberType.PAGER => LineType.Pager,
            PhoneNumberType.UAN => LineType.Uan,
            PhoneNumberType.VOICEMAIL => LineType.Voicemail,
            _ => LineType.Unknown,
        };
    }

    /// <summary>The number as it is written at home.</summary>
    public static string NationalFormat(int callingCode, string national) => Library.Format(LibraryNumber(callingCode, national), PhoneNumberFormat.NATIONAL);

    static PhoneNumbers.PhoneNumber LibraryNumber(int callingCode, string national)
    {
        var zeros = national.Length - national.AsSpan().TrimStart('0').Length;
        var number = new PhoneNumbers.PhoneNumber.Builder().SetCountryCode(callingCode).SetNationalNumber(ulong.Parse(national, CultureInfo.InvariantCulture));
        if (zeros > 0)
            number.SetNumberOfLeadingZeros(zeros);
        return number.Build();
    }

    static PhoneMetadata Metadata(int callingCode, string region) =>
        region == "001" ? Library.GetMetadataForNonGeographicalRegion(callingCode) : Library.GetMetadataForRegion(region);

    static string CountryOfRegion(string region) => region == "001" ? NoCountry : region;

    static bool[] KnownCallingCodes()
    {
        var known = new bool[1000];
        foreach (var code in Library.GetSupportedCallingCodes())
            known[code] = true;
        return known;
    }
}
