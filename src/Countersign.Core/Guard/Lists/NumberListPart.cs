using System.Globalization;
using Countersign.Core.Registry;

namespace Countersign.Core.Guard.Lists;

/// <summary>
/// A part of one of an account's lists, as it is kept: each list lies in 256 parts by the low eight bits of the numbers' index values, and one for all prefixes. So a change writes
/// a few kilobytes however long the list is, and the name of a row says nothing about who is on it.
/// </summary>
public sealed record NumberListPart : IRegistered
{
    /// <summary>Parts that numbers are spread over.</summary>
    public const int Parts = 256;

    /// <summary>The part that holds the prefixes.</summary>
    public const int Prefixes = Parts;

    /// <summary>Entries of a part. Prefixes can be so many; numbers twice as many per part as <see cref="NumberLists.MaxNumbers"/> spread evenly, so that chance fills none.</summary>
    public const int MaxEntries = 1000;

    public required Sid AccountSid { get; init; }

    public required ListKind Kind { get; init; }

    /// <summary>0 to 255, or <see cref="Prefixes"/>.</summary>
    public required int Part { get; init; }

    public string Name => NameOf(Kind, Part);

    /// <summary>What is on it: numbers by their index value, prefixes by the number that their digits make (none starts with a zero).</summary>
    public required IReadOnlyDictionary<UInt128, ListedNumber> Entries { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The part of a number with this index value.</summary>
    public static int PartOf(UInt128 key) => (int)(uint)key & (Parts - 1);

    /// <summary>The name of a part: <c>safe/7f</c>, <c>block/prefixes</c>.</summary>
    public static string NameOf(ListKind kind, int part) =>
        $"{(kind == ListKind.Safe ? "safe" : "block")}/{(part == Prefixes ? "prefixes" : part.ToString("x2", CultureInfo.InvariantCulture))}";

    /// <summary>What <see cref="NameOf"/> made the name from.</summary>
    public static (ListKind Kind, int Part) ReadName(string name)
    {
        var slash = name.IndexOf('/');
        var part = name.AsSpan(slash + 1);
        return (name.AsSpan(0, slash) is "safe" ? ListKind.Safe : ListKind.Block,
            part is "prefixes" ? Prefixes : int.Parse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }
}
