using Countersign.Core.Numbers;
using CsCheck;
using PhoneNumbers;
using PhoneNumber = Countersign.Core.Numbers.PhoneNumber;

namespace Countersign.Core.Tests.Numbers;

/// <summary>Short ways to parse, and generators of numbers that may or may not exist.</summary>
static class Some
{
    static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();

    /// <summary>One number of every kind that every plan in the world gives as its example.</summary>
    static readonly string[] Examples =
    [
        .. Library.GetSupportedRegions()
            .SelectMany(region => Enum.GetValues<PhoneNumberType>().Select(type => Library.GetExampleNumberForType(region, type)))
            .Concat(Library.GetSupportedGlobalNetworkCallingCodes().Select(Library.GetExampleNumberForNonGeoEntity))
            .Where(number => number is not null)
            .Select(number => Library.Format(number, PhoneNumberFormat.E164))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    static readonly Gen<char> Digit = Gen.Char['0', '9'];

    /// <summary>An example with some of its digits changed, one added or the end cut off: near the borders of the plans.</summary>
    static readonly Gen<string> NearExample =
        Gen.Select(Gen.OneOf(Examples), Gen.Select(Gen.Int[1, 15], Digit).Array[0, 6], Gen.Int[0, 11], Digit, (example, changes, shape, extra) =>
        {
            var digits = example.ToCharArray();
            foreach (var (at, digit) in changes)
            {
                if (at < digits.Length)
                    digits[at] = digit;
            }

            var text = new string(digits);
            return shape switch { 0 => text + extra, 1 => text[..^1], 2 => text.Insert(Math.Min(3, text.Length), "0"), _ => text };
        });

    static readonly Gen<string> AnyDigits = Digit.Array[1, 17].Select(digits => "+" + new string(digits));

    /// <summary>A plus sign and digits.</summary>
    public static readonly Gen<string> Canonical = Gen.Frequency((4, NearExample), (1, AnyDigits));

    /// <summary>A number that exists.</summary>
    public static readonly Gen<PhoneNumber> Valid = NearExample.Where(text => PhoneNumber.TryParse(text, out _, out _)).Select(Number);

    public static PhoneNumber Number(string text)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number, out var problem), problem?.ReasonName);
        return number;
    }

    public static NumberProblem Problem(string? text, string? defaultRegion = null)
    {
        Assert.False(PhoneNumber.TryParse(text, defaultRegion, out var number, out var problem), "accepted");
        Assert.Null(number);
        return problem;
    }
}
