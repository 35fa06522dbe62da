using System.Buffers.Binary;

namespace Countersign.Carriers.Smpp;

/// <summary>Makes octets of PDUs. A field that is too long for the protocol is a bug of the caller: an <see cref="ArgumentException"/> that names it.</summary>
public static class PduEncoder
{
    public static byte[] Encode(Pdu pdu)
    {
        var octets = new List<byte>(256);
        Number(octets, 0);
        Number(octets, pdu.CommandId);
        Number(octets, pdu.Status);
        Number(octets, pdu.Sequence);
        Body(octets, pdu);
        foreach (var tlv in pdu.Tlvs)
        {
            octets.Add((byte)(tlv.Tag >> 8));
            octets.Add((byte)tlv.Tag);
            Require(tlv.Value.Length <= ushort.MaxValue, "an optional parameter");
            octets.Add((byte)(tlv.Value.Length >> 8));
            octets.Add((byte)tlv.Value.Length);
            octets.AddRange(tlv.Value.Span);
        }

        Require(octets.Count <= PduDecoder.MaxLength, "the PDU");
        var encoded = octets.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(encoded, (uint)encoded.Length);
        return encoded;
    }

    static void Body(List<byte> octets, Pdu pdu)
    {
        switch (pdu)
        {
            case Bind bind:
                Text(octets, bind.SystemId, 16, "system_id");
                Text(octets, bind.Password, 9, "password");
                Text(octets, bind.SystemType, 13, "system_type");
                octets.AddRange(bind.InterfaceVersion, bind.AddressTon, bind.AddressNpi);
                Text(octets, bind.AddressRange, 41, "address_range");
                break;
            case MessagePdu message:
                Message(octets, message);
                break;
            case BindResponse { SystemId: { } systemId }:
                Text(octets, systemId, 16, "system_id");
                break;
            case SubmitSmResponse { MessageId: { } messageId }:
                Text(octets, messageId, 65, "message_id");
                break;
            case DeliverSmResponse { MessageId: { } messageId }:
                Text(octets, messageId, 65, "message_id");
                break;
            case UnknownPdu unknown:
                octets.AddRange(unknown.Body.Span);
                break;
        }
    }

    static void Message(List<byte> octets, MessagePdu message)
    {
        Text(octets, message.ServiceType, 6, "service_type");
        Address(octets, message.Source, "source_addr");
        Address(octets, message.Destination, "destination_addr");
        octets.AddRange(message.EsmClass, message.ProtocolId, message.Priority);
        Time(octets, message.ScheduleDeliveryTime, "schedule_delivery_time");
        Time(octets, message.ValidityPeriod, "validity_period");
        octets.AddRange(message.RegisteredDelivery, message.ReplaceIfPresent, message.DataCoding, message.DefaultMessageId);
        Require(message.ShortMessage.Length <= 254, "short_message");
        octets.Add((byte)message.ShortMessage.Length);
        octets.AddRange(message.ShortMessage.Span);
    }

    static void Address(List<byte> octets, SmppAddress address, string field)
    {
        octets.AddRange(address.Ton, address.Npi);
        Text(octets, address.Value, 21, field);
    }

    static void Time(List<byte> octets, string time, string field)
    {
        Require(time.Length is 0 or 16, field);
        Text(octets, time, 17, field);
    }

    static void Text(List<byte> octets, string text, int max, string field)
    {
        Require(text.Length < max && !text.AsSpan().ContainsAnyExceptInRange('\u0001', '\u00FF'), field);
        foreach (var c in text)
        {
            octets.Add((byte)c);
        }

        octets.Add(0);
    }

    static void Number(List<byte> octets, uint number) =>
        octets.AddRange((byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number);

    static void Require(bool holds, string field)
    {
        if (!holds)
        {
            throw new ArgumentException($"SMPP has no room for this value of {field}.");
        }
    }
}
