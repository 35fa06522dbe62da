using System.Globalization;
using PhoneNumbers;

namespace Countersign.Core.Numbers;

/// <summary>Finds the number that was probably meant by a refused one. Only on the way to a refusal, so it may take a tenth of a millisecond.</summary>
static class NumberSuggestion
{
    static readonly string[] Schemes = ["tel:", "sms:", "whatsapp:", "callto:"];

    /// <summary>For <c>tel:+…</c> and its kin: the number behind the scheme.</summary>
    public static string? BehindScheme(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        foreach (var scheme in Schemes)
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                return PhoneNumber.TryParse(text[scheme.Length..].ToString(), out var number, out _) ? number.Reveal() : null;
        }

        return null;
    }

    /// <summary>For a number of a known calling code that does not exist as written: itself without its domestic prefix.</summary>
    public static string? WithoutNationalPrefix(ReadOnlySpan<char> digits)
    {
        var reading = NumberingPlan.LibraryReading($"+{digits}", null);
        return reading is not null && !digits.SequenceEqual(reading.AsSpan(1)) && PhoneNumber.IsCanonical(reading) ? reading : null;
    }

    /// <summary>For a mobile number of Mexico as it was written until 2019, with a 1 behind the country code. Many are stored so still: Twilio and WhatsApp asked for them.</summary>
    public static string? WithoutMexicosOne(ReadOnlySpan<char> digits) =>
        digits is ['5', '2', '1', .. { Length: 10 } mobile] && PhoneNumber.IsCanonical($"+52{mobile}") ? $"+52{mobile}" : null;

    /// <summary>For digits that start with no calling code or had no plus sign: the international number, if only one is plausible.</summary>
    /// <param name="digits">What was written, digits only.</param>
    /// <param name="plusBecameSpace">Whether the text was a space and digits: a plus sign in a form that nobody escaped.</param>
    /// <param name="defaultRegion">ISO country whose national form is tried first, or null.</param>
    public static string? International(ReadOnlySpan<char> digits, bool plusBecameSpace, string? defaultRegion)
    {
        if (defaultRegion is not null && NumberingPlan.LibraryReading(digits.ToString(), defaultRegion) is { } national && PhoneNumber.IsCanonical(national))
            return national;

        var meant = digits switch
        {
            ['0', '0', .. var rest] => rest,
            ['0', '1', '1', .. var rest] => rest,
            // A single zero may stand for a lost country code or for a wrong one.
            ['0', ..] => [],
            _ => digits,
        };
        var candidate = $"+{meant}";
        if (!PhoneNumber.IsCanonical(candidate))
            candidate = WithoutNationalPrefix(meant);
        return candidate is not null && (plusBecameSpace || !IsSomebodysNational(digits, candidate)) ? candidate : null;
    }

    /// <summary>
    /// Whether some country's people write another number this way: a mobile without prefix, or anything after their domestic prefix.
    /// <c>150 1712 2661</c> is a mobile in China and, after a plus sign, a number in the USA: then nothing is suggested.
    /// </summary>
    static bool IsSomebodysNational(ReadOnlySpan<char> digits, string candidate)
    {
        var library = PhoneNumberUtil.GetInstance();
        foreach (var region in library.GetSupportedRegions())
        {
            var plan = library.GetMetadataForRegion(region);
            var prefix = plan.HasNationalPrefix ? plan.NationalPrefix : "";
            if (Reads(digits, mobileOnly: true) || (prefix.Length > 0 && digits.StartsWith(prefix, StringComparison.Ordinal) && Reads(digits[prefix.Length..], mobileOnly: false)))
                return true;

            bool Reads(ReadOnlySpan<char> national, bool mobileOnly)
            {
                if (national.IsEmpty || national[0] == '0' || !plan.GeneralDesc.PossibleLengthList.Contains(national.Length))
                    return false;
                var number = new PhoneNumbers.PhoneNumber.Builder().SetCountryCode(plan.CountryCode).SetNationalNumber(ulong.Parse(national, CultureInfo.InvariantCulture)).Build();
                return library.IsValidNumberForRegion(number, region)
                    && (!mobileOnly || library.GetNumberType(number) is PhoneNumberType.MOBILE or PhoneNumberType.FIXED_LINE_OR_MOBILE)
                    && !candidate.AsSpan(1).SequenceEqual($"{plan.CountryCode}{national}");
            }
        }

        return false;
    }
}
