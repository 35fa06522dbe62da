using System.Buffers;
using System.Buffers.Binary;

namespace Countersign.Carriers.Smpp;

/// <summary>
/// Makes PDUs of octets. Whatever a peer sends, nothing is thrown but <see cref="SmppProtocolException"/>, nothing is read beyond a PDU, and nothing is allocated for
/// octets that have not come.
/// </summary>
public static class PduDecoder
{
    /// <summary>Octets of a PDU's header.</summary>
    public const int HeaderLength = 16;

    /// <summary>The longest PDU that is read or written, in octets: a message_payload of some 60,000 octets fits.</summary>
    public const int MaxLength = 64 * 1024;

    const int ShortMessageMax = 254;

    /// <summary>
    /// Takes the first PDU off the buffer. False where it has not come whole. After an exception that is not fatal the PDU has been taken off, and the next can be read.
    /// </summary>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out Pdu pdu)
    {
        pdu = null!;
        if (buffer.Length < 4)
        {
            return false;
        }

        // A length that is impossible is refused as soon as it is known.
        var length = LengthOf(buffer);
        if (buffer.Length < length)
        {
            return false;
        }

        var frame = buffer.Slice(0, length);
        buffer = buffer.Slice(length);
        pdu = Decode(frame.IsSingleSegment ? frame.FirstSpan : frame.ToArray());
        return true;
    }

    /// <summary>Reads one whole PDU, of its own length exactly.</summary>
    public static Pdu Decode(ReadOnlySpan<byte> frame)
    {
        if (frame.Length is < HeaderLength or > MaxLength || BinaryPrimitives.ReadUInt32BigEndian(frame) != frame.Length)
        {
            throw new SmppProtocolException(CommandStatus.InvalidCommandLength, "A PDU's length is not what it says.") { IsFatal = true };
        }

        var id = BinaryPrimitives.ReadUInt32BigEndian(frame[4..]);
        var status = BinaryPrimitives.ReadUInt32BigEndian(frame[8..]);
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(frame[12..]);
        var reader = new PduReader(frame[HeaderLength..], id, sequence);
        var pdu = Body(id, ref reader);

        // What was not read are optional parameters; after an error the whole body is, at times.
        // What answers us, or brings a receipt, is read leniently: centres pad, and a status or a receipt that is refused for that is lost.
        return pdu with { Status = status, Sequence = sequence, Tlvs = reader.Tlvs(isLenient: (id & CommandIds.Response) != 0 || id == CommandIds.DeliverSm) };
    }

    static int LengthOf(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> four = stackalloc byte[4];
        buffer.Slice(0, 4).CopyTo(four);
        var length = BinaryPrimitives.ReadUInt32BigEndian(four);
        return length is >= HeaderLength and <= MaxLength
            ? (int)length
            : throw new SmppProtocolException(CommandStatus.InvalidCommandLength, $"A PDU has less than {HeaderLength} or more than {MaxLength} octets.") { IsFatal = true };
    }

    static Pdu Body(uint id, ref PduReader reader) => id switch
    {
        CommandIds.BindReceiver or CommandIds.BindTransmitter or CommandIds.BindTransceiver => new Bind((BindType)id)
        {
            SystemId = reader.Text(16),
            Password = reader.Text(9),
            SystemType = reader.Text(13),
            InterfaceVersion = reader.Octet(),
            AddressTon = reader.Octet(),
            AddressNpi = reader.Octet(),
            AddressRange = reader.Text(41),
        },
        CommandIds.BindReceiver | CommandIds.Response or CommandIds.BindTransmitter | CommandIds.Response or CommandIds.BindTransceiver | CommandIds.Response =>
            new BindResponse((BindType)(id & ~CommandIds.Response)) { SystemId = reader.IsAtEnd ? null : reader.TextToEnd(16) },
        CommandIds.Unbind => new Unbind(),
        CommandIds.Unbind | CommandIds.Response => new UnbindResponse(),
        CommandIds.EnquireLink => new EnquireLink(),
        CommandIds.EnquireLink | CommandIds.Response => new EnquireLinkResponse(),
        CommandIds.GenericNack => new GenericNack(),
        CommandIds.SubmitSm => Message(new SubmitSm(), ref reader),
        CommandIds.SubmitSm | CommandIds.Response => new SubmitSmResponse { MessageId = reader.IsAtEnd ? null : reader.TextToEnd(65) },
        CommandIds.DeliverSm => Message(new DeliverSm(), ref reader),
        CommandIds.DeliverSm | CommandIds.Response => new DeliverSmResponse { MessageId = reader.IsAtEnd ? null : reader.TextToEnd(65) },
        _ => new UnknownPdu(id) { Body = reader.Rest() },
    };

    static MessagePdu Message(MessagePdu empty, ref PduReader reader)
    {
        var message = empty with
        {
            ServiceType = reader.Text(6),
            Source = new SmppAddress(reader.Octet(), reader.Octet(), reader.Text(21)),
            Destination = new SmppAddress(reader.Octet(), reader.Octet(), reader.Text(21)),
            EsmClass = reader.Octet(),
            ProtocolId = reader.Octet(),
            Priority = reader.Octet(),
            ScheduleDeliveryTime = reader.Time(isLenient: empty is DeliverSm), // Of no meaning in a delivery (4.6.1).
            ValidityPeriod = reader.Time(isLenient: empty is DeliverSm),
            RegisteredDelivery = reader.Octet(),
            ReplaceIfPresent = reader.Octet(),
            DataCoding = reader.Octet(),
            DefaultMessageId = reader.Octet(),
        };
        var length = reader.Octet();
        return length <= ShortMessageMax
            ? message with { ShortMessage = reader.Octets(length) }
            : throw reader.Wrong(CommandStatus.InvalidMessageLength, $"A short message has more than {ShortMessageMax} octets.");
    }
}
