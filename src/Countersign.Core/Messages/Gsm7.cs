namespace Countersign.Core.Messages;

/// <summary>The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1 and 6.2.1.1).</summary>
static class Gsm7
{
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

    static readonly byte[] Table = BuildTable();

    /// <summary>Septets that the character takes: 1, 2 for one that is sent after an escape, 0 if the alphabet has no such character.</summary>
    public static int SeptetsOf(char c)
    {
        var table = Table;
        return c < table.Length ? table[c] : c == Euro ? 2 : 0;
    }

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
