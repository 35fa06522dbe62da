namespace Countersign.Carriers.Smpp;

/// <summary>How a text travels that is too long for one message.</summary>
public enum LongMessage
{
    /// <summary>In several messages, each with a header that says which one it is (3GPP TS 23.040, 9.2.3.24.1).</summary>
    UserDataHeader,

    /// <summary>In one PDU, in the parameter message_payload: the centre cuts it.</summary>
    Payload,
}

/// <summary>One submit_sm's share of a text.</summary>
public sealed record MessagePart(byte EsmClass, byte DataCoding, ReadOnlyMemory<byte> ShortMessage, ReadOnlyMemory<byte>? Payload);

/// <summary>Cuts a text into what messages can hold: 140 octets each, or 160 septets.</summary>
public static class MessageParts
{
    /// <summary>Octets of the header that joins parts.</summary>
    public const int HeaderLength = 6;

    const int MaxParts = 255;

    // Leaves room for the rest of the PDU.
    const int MaxPayload = PduDecoder.MaxLength - 512;

    /// <summary>
    /// The parts of a text; null where it is too long even for that. No part ends between an escape and its character or within a surrogate pair. The parts of one text
    /// share a reference (0 to 255), which the phone joins them by.
    /// </summary>
    public static IReadOnlyList<MessagePart>? Of(string text, SmppEncoding encoding, LongMessage longMessage, byte reference)
    {
        var dataCoding = SmppText.DataCodingOf(encoding);
        var whole = SmppText.Encode(text, encoding);
        if (whole.Length <= RoomAlone(encoding))
        {
            return [new MessagePart(0, dataCoding, Pack(whole, encoding, 0), null)];
        }

        if (longMessage == LongMessage.Payload)
        {
            return whole.Length > MaxPayload ? null : [new MessagePart(0, dataCoding, ReadOnlyMemory<byte>.Empty, Pack(whole, encoding, 0))];
        }

        var cuts = Cut(whole, encoding);
        return cuts.Count > MaxParts ? null : [.. cuts.Select((cut, i) =>
        {
            byte[] header = [HeaderLength - 1, 0, 3, reference, (byte)cuts.Count, (byte)(i + 1)];
            return new MessagePart(EsmClass.HasUserDataHeader, dataCoding, (byte[])[.. header, .. Pack(whole[cut], encoding, HeaderLength)], null);
        })];
    }

    static List<Range> Cut(byte[] whole, SmppEncoding encoding)
    {
        var room = RoomJoined(encoding);
        var cuts = new List<Range>();
        for (var start = 0; start < whole.Length;)
        {
            var end = Math.Min(start + room, whole.Length);
            if (end < whole.Length && IsWithinCharacter(whole, end, encoding))
            {
                end -= encoding == SmppEncoding.Ucs2 ? 2 : 1;
            }

            cuts.Add(start..end);
            start = end;
        }

        return cuts;
    }

    static bool IsWithinCharacter(byte[] whole, int at, SmppEncoding encoding) => encoding switch
    {
        SmppEncoding.Latin1 => false,
        SmppEncoding.Ucs2 => (whole[at - 2] & 0xFC) == 0xD8 && (whole[at] & 0xFC) == 0xDC,
        _ => whole[at - 1] == 0x1B,
    };

    static byte[] Pack(byte[] octets, SmppEncoding encoding, int headerOctets) => encoding == SmppEncoding.Gsm7Packed ? Septets.Pack(octets, headerOctets) : octets;

    static int RoomAlone(SmppEncoding encoding) => encoding is SmppEncoding.Gsm7 or SmppEncoding.Gsm7Packed ? 160 : 140;

    static int RoomJoined(SmppEncoding encoding) => encoding is SmppEncoding.Gsm7 or SmppEncoding.Gsm7Packed ? 153 : 134;
}
