using System.Collections.Frozen;

namespace Countersign.Core.Numbers;

/// <summary>
/// Numbers that regulators keep free for films, books and documentation: NANPA's 555-0100 to 555-0199 in every area code, Ofcom's ranges for drama (mobile, geographic, freephone, premium
/// rate and UK-wide; a thousand numbers each) and ARCEP's 06 39 98 00 00 to 99 99. They never ring, so nothing is sent to them.
/// </summary>
static class FictionalNumbers
{
    public static bool Contain(ReadOnlySpan<char> digits) => digits switch
    {
        ['1', .. var national] => national.Length == 10 && IsAreaCode(national[..3]) && national[3..].StartsWith("55501"),
        ['4', '4', .. { Length: 10 } national] => Drama.Contains(national[..7]),
        ['3', '3', .. var national] => national.Length == 9 && national.StartsWith("63998"),
        _ => false,
    };

    // The first seven of ten digits of Ofcom's "telephone numbers for use in TV and radio drama programmes".
    static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Drama = FrozenSet.ToFrozenSet(
    [
        "7700900", "1632960", "2079460", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960", "1214960", "1314960", "1414960", "1514960", "1614960", "1914980",
        "2896496", "2920180", "8081570", "9098790", "3069990",
    ], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    // Codes whose last two digits are equal (800, 900, 911) are services and may carry real 555-01xx lines.
    // 555 is the exception: it was never an area code, and every test suite uses it.
    static bool IsAreaCode(ReadOnlySpan<char> code) => code[0] is >= '2' && (code[1] != code[2] || code is "555");
}
