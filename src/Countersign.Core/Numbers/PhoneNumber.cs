using System.Diagnostics.CodeAnalysis;
using PhoneNumbers;

namespace Countersign.Core.Numbers;

/// <summary>
/// A phone number that exists in its country's numbering plan, in E.164: a plus sign, the calling code and the national number, 15 digits
/// at most. However it was written, one line has one value: punctuation goes, <c>+44 (0)…</c> loses its zero, and what could be read in two ways is refused.
/// </summary>
public sealed class PhoneNumber : Destination, IEquatable<PhoneNumber>
{
    /// <summary>Characters that <see cref="TryParse(string?, out PhoneNumber?, out NumberProblem?)"/> looks at; longer texts are refused unread.</summary>
    public const int MaxTextLength = 64;

    // A mask that showed two of six digits would leave ten thousand numbers to try.
    const int ShortestWithVisibleEnd = 7;

    readonly string _e164;
    readonly NumberingPlan _plan;
    readonly RegionPlan? _region;
    int _type = -1;

    string? _country;

    /// <param name="e164">The number.</param>
    /// <param name="plan">The plan of its calling code.</param>
    /// <param name="region">The region that has it; null where nobody asked, or none has.</param>
    /// <param name="country">Its country where no region says so; null for not yet known.</param>
    /// <param name="isFictional">Whether it is reserved for fiction.</param>
    PhoneNumber(string e164, NumberingPlan plan, RegionPlan? region, string? country, bool isFictional)
    {
        _e164 = e164;
        _plan = plan;
        _region = region;
        _country = region?.Country ?? country;
        IsFictional = isFictional;
    }

    /// <summary>ISO 3166-1 alpha-2, or <c>ZZ</c> for calling codes of no country (+800, +881).</summary>
    /// <remarks>Of a restored number worked out when first asked for: a check never does.</remarks>
    public override string Country => _country ??= _plan.LikelyCountryOf(_e164.AsSpan(1 + _plan.CallingCodeLength));

    /// <summary>The country calling code, 1 to 999.</summary>
    public int CallingCode => _plan.CallingCode;

    /// <summary>The digits after the calling code. As personal as the whole.</summary>
    public string NationalNumber => _e164[(1 + _plan.CallingCodeLength)..];

    /// <summary>As it is written at home: <c>020 7946 0123</c>. As personal as the whole.</summary>
    public string NationalFormat => NumberingPlan.NationalFormat(CallingCode, NationalNumber);

    /// <summary>Whether the number is reserved for fiction (+1 NPA 555 01xx, +44 7700 900xxx, +33 6 39 98 xx xx): it rings nowhere.</summary>
    public bool IsFictional { get; }

    /// <summary>The kind of line. Worked out when first asked for, which takes some microseconds and, of mobiles and fixed lines, allocates nothing.</summary>
    public LineType Type => (LineType)(_type < 0 ? _type = (int)FindType() : _type);

    /// <summary>
    /// Reads a number in international form. Spaces, dashes, dots, parentheses, invisible direction marks and digits of other scripts are understood;
    /// letters, extensions and <c>tel:</c> are not.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PhoneNumber? number, [NotNullWhen(false)] out NumberProblem? problem) =>
        TryParse(text, null, out number, out problem);

    /// <summary>As above; a number in the national form of <paramref name="defaultRegion"/> (ISO alpha-2) is refused as well, but with a suggestion.</summary>
    public static bool TryParse(
        string? text, string? defaultRegion, [NotNullWhen(true)] out PhoneNumber? number, [NotNullWhen(false)] out NumberProblem? problem)
    {
        if (text is ['+', _, ..] && text.Length <= NumberingPlan.MaxDigits + 1 && !text.AsSpan(1).ContainsAnyExceptInRange('0', '9'))
        {
            number = Find(text.AsSpan(1), text);
            problem = number is null ? Explain(text.AsSpan(1), hasPlus: true, plusBecameSpace: false, defaultRegion) : null;
        }
        else
        {
            problem = ReadWritten(text, defaultRegion, out number);
        }

        return number is not null;
    }

    /// <summary>
    /// The number that a store kept. It is not judged again: numbering plans change, and a row that was valid when it was written must stay readable.
    /// </summary>
    /// <exception cref="FormatException">The text was never a number of ours.</exception>
    public static new PhoneNumber Restore(string e164)
    {
        var digits = e164.AsSpan(1);
        if (e164[0] != '+' || NumberingPlan.Of(digits) is not { } plan)
            throw new FormatException("A stored number is not in E.164.");

        return new PhoneNumber(e164, plan, region: null, country: null, FictionalNumbers.Contain(digits));
    }

    /// <summary>Whether the text is exactly what <see cref="Reveal"/> would give.</summary>
    internal static bool IsCanonical(string e164) => Find(e164.AsSpan(1), e164) is not null;

    /// <summary>Loads the numbering plans and the most used countries, so that no caller waits for them. Takes a fraction of a second, once.</summary>
    public static void WarmUp()
    {
        foreach (var region in (ReadOnlySpan<string>)["US", "CA", "GB", "FR", "DE", "ES", "IT", "NL", "SE", "BR", "MX", "IN", "CN", "AU"])
        {
            var example = PhoneNumberUtil.GetInstance().GetExampleNumberForType(region, PhoneNumberType.MOBILE);
            if (TryParse(PhoneNumberUtil.GetInstance().Format(example, PhoneNumberFormat.E164), out var number, out _))
                _ = number.Type;
        }

        // The way to a suggestion is the slowest to be compiled.
        _ = TryParse("14155550123", out _, out _);
    }

    public override string Reveal() => _e164;

    /// <summary>The calling code and the last two digits, the rest as stars: <c>+1********23</c>. Of six national digits or fewer, none is shown.</summary>
    public override string ToString() => string.Create(_e164.Length, this, static (span, number) =>
    {
        span.Fill('*');
        var start = 1 + number._plan.CallingCodeLength;
        number._e164.AsSpan(0, start).CopyTo(span);
        if (span.Length - start >= ShortestWithVisibleEnd)
            number._e164.AsSpan(span.Length - 2).CopyTo(span[^2..]);
    });

    public bool Equals(PhoneNumber? other) => other is not null && _e164 == other._e164;

    public override bool Equals(object? obj) => Equals(obj as PhoneNumber);

    public override int GetHashCode() => _e164.GetHashCode(StringComparison.Ordinal);

    public static bool operator ==(PhoneNumber? left, PhoneNumber? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(PhoneNumber? left, PhoneNumber? right) => !(left == right);

    static NumberProblem? ReadWritten(string? text, string? defaultRegion, out PhoneNumber? number)
    {
        number = null;
        if (string.IsNullOrWhiteSpace(text))
            return new NumberProblem(NumberProblemReason.Missing);
        if (text.Length > MaxTextLength)
            return new NumberProblem(NumberProblemReason.TooLongText);

        Span<char> buffer = stackalloc char[MaxTextLength];
        var read = NumberText.Read(text, buffer);
        ReadOnlySpan<char> digits = buffer[..read.Length];
        if (read.Problem is { } reason)
            return new NumberProblem(reason, reason == NumberProblemReason.InvalidCharacters ? NumberSuggestion.BehindScheme(text) : null);

        if (read.HasPlus)
            number = Find(digits, null);
        if (read.HasPlus && read.BracketedZero >= 0)
        {
            // "(0)" is the custom for "dial this zero at home only", yet Italians keep theirs: whichever number exists is meant.
            var asWritten = number;
            digits = $"{digits[..read.BracketedZero]}{digits[(read.BracketedZero + 1)..]}";
            number = Find(digits, null);
            if (asWritten is not null && number is not null)
            {
                number = null;
                return new NumberProblem(NumberProblemReason.NationalPrefix);
            }

            number ??= asWritten;
        }

        var plusBecameSpace = text[0] == ' ' && char.IsAsciiDigit(text[1]);
        return number is null ? Explain(digits, read.HasPlus, plusBecameSpace, defaultRegion) : null;
    }

    /// <summary>The number with exactly these digits, or null; <paramref name="text"/> is its E.164 form if the caller has it already.</summary>
    static PhoneNumber? Find(ReadOnlySpan<char> digits, string? text)
    {
        if (digits.Length > NumberingPlan.MaxDigits || NumberingPlan.Of(digits) is not { } plan)
            return null;
        var national = digits[plan.CallingCodeLength..];
        if (FictionalNumbers.Contain(digits))
            return new PhoneNumber(text ?? $"+{digits}", plan, region: null, plan.LikelyCountryOf(national), isFictional: true);
        if (plan.RegionOf(national) is not { } region)
            return null;

        // A number may be valid both as written and without a leading domestic prefix. Others read it without, so it is not a second identity.
        text ??= $"+{digits}";
        return plan.MayStartWithNationalPrefix(national) && NumberingPlan.LibraryReading(text, null) != text
            ? null
            : new PhoneNumber(text, plan, region, country: null, isFictional: false);
    }

    static NumberProblem Explain(ReadOnlySpan<char> digits, bool hasPlus, bool plusBecameSpace, string? defaultRegion)
    {
        if (!hasPlus)
            return new NumberProblem(NumberProblemReason.NotInternational, NumberSuggestion.International(digits, plusBecameSpace, defaultRegion));
        if (NumberingPlan.Of(digits) is not { } plan)
            return new NumberProblem(
                NumberProblemReason.UnknownCallingCode,
                digits[0] == '0' ? NumberSuggestion.International(digits, plusBecameSpace, defaultRegion) : null);

        var national = digits[plan.CallingCodeLength..];
        if (plan.MayStartWithNationalPrefix(national) && NumberSuggestion.WithoutNationalPrefix(digits) is { } without)
            return new NumberProblem(NumberProblemReason.NationalPrefix, without);
        if (NumberSuggestion.WithoutMexicosOne(digits) is { } mexican)
            return new NumberProblem(NumberProblemReason.NationalPrefix, mexican);
        return new NumberProblem(digits.Length > NumberingPlan.MaxDigits ? NumberProblemReason.TooLong : plan.WhyNot(national));
    }

    LineType FindType() => (OrdinaryType() ?? NumberingPlan.TypeOf(CallingCode, NationalNumber)) switch
    {
        // The plans leave out what is reserved for fiction; it stands for a mobile, or in North America for either.
        LineType.Unknown when IsFictional => CallingCode == 1 ? LineType.FixedLineOrMobile : LineType.Mobile,
        var type => type,
    };

    /// <summary>The type without the library, where it is one of the usual, or none because no country has the number; null where the library is to be asked.</summary>
    LineType? OrdinaryType()
    {
        var national = _e164.AsSpan(1 + _plan.CallingCodeLength);
        return (_region ?? _plan.RegionOf(national)) is { } region ? region.OrdinaryTypeOf(national, isValid: _region is not null) : LineType.Unknown;
    }
}
