using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;

namespace Countersign.Core.Guard.Lists;

/// <summary>What can be put on a list, and found there again: a number or a prefix, and where it lies. Personal data: it prints masked.</summary>
public sealed record ListEntry
{
    ListEntry(string value, int part, UInt128 key) => (Value, Part, Key) = (value, part, key);

    /// <summary>As <see cref="ListedNumber.Value"/>.</summary>
    public string Value { get; }

    /// <summary>The part of the list that it lies in.</summary>
    public int Part { get; }

    /// <summary>What it lies there by.</summary>
    public UInt128 Key { get; }

    public bool IsPrefix => Part == NumberListPart.Prefixes;

    /// <summary>A number's entry.</summary>
    public static ListEntry Of(PhoneNumber number, DestinationIndex index)
    {
        var key = index.Of(number);
        return new ListEntry(number.Reveal(), NumberListPart.PartOf(key), key);
    }

    /// <summary>A prefix: a plus sign and 1 to 15 digits, of which the first is not 0.</summary>
    public static bool TryParsePrefix(string? text, [NotNullWhen(true)] out ListEntry? entry)
    {
        entry = null;
        if (text is not ['+', >= '1' and <= '9', ..] || text.Length > 16 || text.AsSpan(1).ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        entry = new ListEntry(text, NumberListPart.Prefixes, ulong.Parse(text.AsSpan(1), CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>The entry that something on a list was put there as.</summary>
    public static ListEntry Of(ListedNumber listed, DestinationIndex index) =>
        listed.IsPrefix && TryParsePrefix(listed.Value, out var prefix) ? prefix : Of(PhoneNumber.Restore(listed.Value), index);

    public override string ToString() => IsPrefix ? "a prefix" : "a number";
}
