using Countersign.Carriers.Smpp;
using CsCheck;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>Any PDU that the protocol allows.</summary>
public static class PduGen
{
    static readonly Gen<uint> Status = Gen.OneOf(Gen.Const(0u), Gen.UInt);

    static readonly Gen<IReadOnlyList<Tlv>> Tlvs =
        Gen.Select(Gen.UShort, Gen.Byte.Array[0, 300], (tag, value) => new Tlv(tag, value)).List[0, 4].Select(tlvs => (IReadOnlyList<Tlv>)tlvs);

    static readonly Gen<string> Time = Gen.OneOf(Gen.Const(""), Gen.Const("261123120000000+"), Gen.Char['\u0001', '\u00FF'].Array[16].Select(chars => new string(chars)));

    static readonly Gen<SmppAddress> Address = Gen.Select(Gen.Byte, Gen.Byte, Text(20), (ton, npi, value) => new SmppAddress(ton, npi, value));

    static readonly Gen<BindType> Type = Gen.OneOf(BindType.Receiver, BindType.Transmitter, BindType.Transceiver);

    static readonly Gen<Pdu> Binds = Gen.Select(Type, Text(15), Text(8), Text(12), Gen.Byte.Array[3], Text(40)).Select((type, id, password, kind, octets, range) => (Pdu)new Bind(type)
    {
        SystemId = id,
        Password = password,
        SystemType = kind,
        InterfaceVersion = octets[0],
        AddressTon = octets[1],
        AddressNpi = octets[2],
        AddressRange = range,
    });

    static readonly Gen<Pdu> Messages = Gen.Select(
        Gen.Bool,
        Gen.Select(Text(5), Time, Time, (service, schedule, validity) => (service, schedule, validity)),
        Address,
        Address,
        Gen.Byte.Array[7],
        Gen.Byte.Array[0, 254]).Select((submit, texts, source, destination, octets, shortMessage) => (Pdu)((submit ? new SubmitSm() : (MessagePdu)new DeliverSm()) with
        {
            ServiceType = texts.service,
            ScheduleDeliveryTime = texts.schedule,
            ValidityPeriod = texts.validity,
            Source = source,
            Destination = destination,
            EsmClass = octets[0],
            ProtocolId = octets[1],
            Priority = octets[2],
            RegisteredDelivery = octets[3],
            ReplaceIfPresent = octets[4],
            DataCoding = octets[5],
            DefaultMessageId = octets[6],
            ShortMessage = shortMessage,
        }));

    static readonly Gen<Pdu> Answers = Gen.Select(Type, Text(15), Gen.Int[0, 2]).Select((type, id, which) => which switch
    {
        0 => (Pdu)new BindResponse(type) { SystemId = id },
        1 => new SubmitSmResponse { MessageId = id },
        _ => new DeliverSmResponse { MessageId = id },
    });

    static readonly Gen<Pdu> Bare = Gen.OneOf<Pdu>(new Unbind(), new UnbindResponse(), new EnquireLink(), new EnquireLinkResponse(), new GenericNack());

    static readonly Gen<Pdu> Bodiless = Gen.OneOf<Pdu>(new BindResponse(BindType.Transmitter), new SubmitSmResponse(), new DeliverSmResponse { MessageId = null });

    static readonly Gen<Pdu> Unknown = Gen.Select(Gen.UInt[0x200, 0x7FFF_FFFF], Gen.Byte.Array[0, 200], (id, body) => (Pdu)new UnknownPdu(id) { Body = body });

    public static readonly Gen<Pdu> Any = Gen.OneOf(
        Gen.Select(Gen.OneOf(Binds, Messages, Answers, Bare), Status, Gen.UInt, Tlvs, (pdu, status, sequence, tlvs) => pdu with { Status = status, Sequence = sequence, Tlvs = tlvs }),
        Gen.Select(Gen.OneOf(Bodiless, Unknown), Status, Gen.UInt, (pdu, status, sequence) => pdu with { Status = status, Sequence = sequence }));

    static Gen<string> Text(int max) => Gen.Char['\u0001', '\u00FF'].Array[0, max].Select(chars => new string(chars));
}
