using Countersign.Core.Numbers;

namespace Countersign.Core.Lookups;

/// <summary>Ranges of numbers by their first digits; of several that a number begins with, the longest counts.</summary>
public sealed class NumberRanges
{
    /// <summary>Digits that an E.164 number has at most.</summary>
    public const int MaxDigits = 15;

    // One table for each length of prefix. A key is the prefix as a number: within one length, leading zeros cannot be mistaken.
    readonly Dictionary<ulong, NumberRange>?[] _byLength = new Dictionary<ulong, NumberRange>?[MaxDigits + 1];

    /// <summary>How many ranges there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a range. False where its prefix, 1 to 15 digits with or without a plus sign, is none or is there already.</summary>
    public bool TryAdd(ReadOnlySpan<char> prefix, NumberRange range)
    {
        var digits = prefix.TrimStart('+');
        if (digits.Length is 0 or > MaxDigits || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        if (!(_byLength[digits.Length] ??= []).TryAdd(Value(digits), range))
        {
            return false;
        }

        Count++;
        return true;
    }

    /// <summary>The longest range that a number is in; null for none.</summary>
    public NumberRange? Find(PhoneNumber number)
    {
        if (Count == 0)
        {
            return null;
        }

        var digits = number.Reveal().AsSpan(1);
        for (var length = Math.Min(digits.Length, MaxDigits); length > 0; length--)
        {
            if (_byLength[length] is { } table && table.TryGetValue(Value(digits[..length]), out var range))
            {
                return range;
            }
        }

        return null;
    }

    static ulong Value(ReadOnlySpan<char> digits)
    {
        var value = 0UL;
        foreach (var digit in digits)
        {
            value = (value * 10) + (ulong)(digit - '0');
        }

        return value;
    }
}
