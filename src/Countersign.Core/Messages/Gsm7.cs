namespace Countersign.Core.Messages;

/// <summary>The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1 and 6.2.1.1).</summary>
public static class Gsm7
{
    const byte Escape = 0x1B;

    const string Default =
        "@£$¥èéùìòÇ\nØø\rÅå" +
        "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ" +
        " !\"#¤%&'()*+,-./" +
        "0123456789:;<=>?" +
        "¡ABCDEFGHIJKLMNO" +
        "PQRSTUVWXYZÄÖÑÜ§" +
        "¿abcdefghijklmno" +
        "pqrstuvwxyzäöñüà";

    // The euro sign belongs here too; it lies so far out that a table reaching it would be mostly empty.
    const string Extension = "\f^{}\\[~]|";
    const char Euro = '€';

    // Where the characters of the extension table lie in it, and the euro sign behind them.
    static ReadOnlySpan<byte> ExtensionCodes => [0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65];

    static readonly byte[] Table = BuildTable();

    /// <summary>Septets that the character takes: 1, 2 for one that is sent after an escape, 0 if the alphabet has no such character.</summary>
    public static int SeptetsOf(char c)
    {
        var table = Table;
        return c < table.Length ? table[c] : c == Euro ? 2 : 0;
    }

    /// <summary>The septets of the character behind one another, an escape before one of the extension table; false if the alphabet has no such character.</summary>
    public static bool TryEncode(char c, List<byte> septets)
    {
        var at = Default.IndexOf(c, StringComparison.Ordinal);
        if (at >= 0)
        {
            // The escape's own place is left out of the table.
            septets.Add((byte)(at < Escape ? at : at + 1));
            return true;
        }

        at = c == Euro ? Extension.Length : Extension.IndexOf(c, StringComparison.Ordinal);
        if (at < 0)
            return false;
        septets.Add(Escape);
        septets.Add(ExtensionCodes[at]);
        return true;
    }

    /// <summary>
    /// The text of septets, one an octet. As the standard asks, an escape before what the extension table does not hold shows the default alphabet's character, and
    /// an escape before another or at the end shows a space; an octet above 127 shows U+FFFD.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> septets)
    {
        var text = new char[septets.Length];
        var length = 0;
        for (var i = 0; i < septets.Length; i++)
        {
            if (septets[i] != Escape)
            {
                text[length++] = CharacterOf(septets[i]);
            }
            else if (i + 1 < septets.Length && septets[i + 1] != Escape)
            {
                var at = ExtensionCodes.IndexOf(septets[++i]);
                text[length++] = at < 0 ? CharacterOf(septets[i]) : at == Extension.Length ? Euro : Extension[at];
            }
            else
            {
                text[length++] = ' ';
                i++;
            }
        }

        return new string(text, 0, length);
    }

    static char CharacterOf(byte septet) => septet > 127 ? '\uFFFD' : Default[septet < Escape ? septet : septet - 1];

    static byte[] BuildTable()
    {
        var table = new byte[Default.Max() + 1];
        foreach (var c in Default)
            table[c] = 1;
        foreach (var c in Extension)
            table[c] = 2;
        return table;
    }
}
