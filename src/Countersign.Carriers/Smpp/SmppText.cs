using System.Text;
using Countersign.Core.Messages;

namespace Countersign.Carriers.Smpp;

/// <summary>How a text is written in a message.</summary>
public enum SmppEncoding
{
    /// <summary>The GSM 7-bit default alphabet, one septet an octet; data_coding 0.</summary>
    Gsm7,

    /// <summary>The GSM 7-bit default alphabet, eight septets in seven octets (3GPP TS 23.038, 6.1.2.1); data_coding 0.</summary>
    Gsm7Packed,

    /// <summary>ISO 8859-1; data_coding 3.</summary>
    Latin1,

    /// <summary>UTF-16, the higher octet first; data_coding 8.</summary>
    Ucs2,
}

/// <summary>Writes texts as octets and reads them back.</summary>
public static class SmppText
{
    /// <summary>The narrowest of GSM 7-bit, Latin-1 and UCS-2 that has all characters of the text.</summary>
    public static SmppEncoding Narrowest(string text) =>
        CanWrite(text, SmppEncoding.Gsm7) ? SmppEncoding.Gsm7 : CanWrite(text, SmppEncoding.Latin1) ? SmppEncoding.Latin1 : SmppEncoding.Ucs2;

    /// <summary>Whether the encoding has all characters of the text.</summary>
    public static bool CanWrite(string text, SmppEncoding encoding) => encoding switch
    {
        SmppEncoding.Gsm7 or SmppEncoding.Gsm7Packed => text.All(c => Gsm7.SeptetsOf(c) > 0),
        SmppEncoding.Latin1 => text.All(c => c is '\n' or '\r' or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\u00FF')),
        _ => true,
    };

    public static byte DataCodingOf(SmppEncoding encoding) => encoding switch
    {
        SmppEncoding.Latin1 => 3,
        SmppEncoding.Ucs2 => 8,
        _ => 0,
    };

    /// <summary>The octets of a text that the encoding can write; of a packed one its septets, which <see cref="Septets.Pack"/> then packs behind the header.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text, SmppEncoding encoding)
    {
        if (encoding == SmppEncoding.Ucs2)
        {
            var units = new byte[text.Length * 2];
            for (var i = 0; i < text.Length; i++)
            {
                // By hand, since the framework's encoder would replace half of a pair that stands alone.
                units[2 * i] = (byte)(text[i] >> 8);
                units[(2 * i) + 1] = (byte)text[i];
            }

            return units;
        }

        var octets = new List<byte>(text.Length + 8);
        foreach (var c in text)
        {
            if (encoding == SmppEncoding.Latin1)
            {
                octets.Add((byte)c);
            }
            else
            {
                Gsm7.TryEncode(c, octets);
            }
        }

        return [.. octets];
    }

    /// <summary>The text of octets without a header; null for a data_coding that is not text. <paramref name="packed"/> says how data_coding 0 is meant.</summary>
    public static string? Decode(ReadOnlySpan<byte> octets, byte dataCoding, bool packed = false) => dataCoding switch
    {
        0 when packed => Gsm7.Decode(Septets.Unpack(octets, 0)),
        0 => Gsm7.Decode(octets),
        1 or 3 => Encoding.Latin1.GetString(octets),
        8 => Utf16(octets),
        _ => null,
    };

    static string Utf16(ReadOnlySpan<byte> octets)
    {
        var text = new char[octets.Length / 2];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (char)((octets[2 * i] << 8) | octets[(2 * i) + 1]);
        }

        return new string(text);
    }
}
