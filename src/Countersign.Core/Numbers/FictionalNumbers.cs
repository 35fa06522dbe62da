namespace Countersign.Core.Numbers;

/// <summary>
/// Numbers that regulators keep free for films, books and documentation: NANPA's 555-0100 to 555-0199 in every area code,
/// Ofcom's 07700 900000 to 900999 and ARCEP's 06 39 98 00 00 to 99 99. They never ring, so nothing is sent to them.
/// </summary>
static class FictionalNumbers
{
    public static bool Contain(ReadOnlySpan<char> digits) => digits switch
    {
        ['1', .. var national] => national.Length == 10 && IsAreaCode(national[..3]) && national[3..].StartsWith("55501"),
        ['4', '4', .. var national] => national.Length == 10 && national.StartsWith("7700900"),
        ['3', '3', .. var national] => national.Length == 9 && national.StartsWith("63998"),
        _ => false,
    };

    // Codes whose last two digits are equal (800, 900, 911) are services and may carry real 555-01xx lines.
    // 555 is the exception: it was never an area code, and every test suite uses it.
    static bool IsAreaCode(ReadOnlySpan<char> code) => code[0] is >= '2' && (code[1] != code[2] || code is "555");
}
