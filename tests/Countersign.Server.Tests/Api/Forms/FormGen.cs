using System.Text;
using CsCheck;

namespace Countersign.Server.Tests.Api.Forms;

/// <summary>Bodies for the property tests.</summary>
static class FormGen
{
    // Pieces and not single bytes: nearly every body of random bytes fails at its first percent sign.
    static readonly Gen<byte[]> Piece = Gen.Frequency(
        (30, Gen.OneOf("To", "Channel", "a", "Z", "7", ".", "é", "%41", "%2B", "%2b", "%C3%A9", "%F0%9F%98%80", "%0A", "+").Select(Encoding.UTF8.GetBytes)),
        (12, Gen.OneOf("=", "&").Select(Encoding.UTF8.GetBytes)),
        (1, Gen.OneOf("%", "%4", "%zz", "%00", "%C0%80", "%ED%A0%80", "%C3", "{").Select(Encoding.UTF8.GetBytes)),
        (1, Gen.Byte.Array[1, 2]));

    /// <summary>Anything a client could send, often right and often nearly so.</summary>
    public static readonly Gen<byte[]> Body =
        Gen.Frequency((3, Piece.Array[0, 20]), (1, Piece.Array[0, 150])).Select(pieces => pieces.SelectMany(piece => piece).ToArray());

    static readonly Gen<string> Text = Gen.Frequency(
        (3, Gen.Char.AlphaNumeric.Array[0, 20]),
        (2, Gen.OneOf("+&=% \r\n\té߿€\uFFFD\uE000".ToCharArray()).Array[0, 20]),
        (1, Gen.Char.Array[0, 100])).Select(chars => Clean(new string(chars)));

    /// <summary>Pairs that a form can carry: no control characters, no halves of a surrogate pair, some values beyond any stack buffer.</summary>
    public static readonly Gen<KeyValuePair<string, string>[]> Pairs =
        Gen.Select(Text, Gen.Frequency((9, Text), (1, Text.Select(text => string.Concat(Enumerable.Repeat(text + "😀", 60))))))
            .Select((name, value) => KeyValuePair.Create("k" + name.ReplaceLineEndings("").Replace("\t", ""), value))
            .Array[0, 30];

    static string Clean(string text) =>
        string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune) || rune.Value is '\t' or '\r' or '\n'));
}
