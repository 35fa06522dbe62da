namespace Countersign.Carriers.Smpp;

/// <summary>An address: type of number, numbering plan (5.2.5, 5.2.6) and at most 20 characters.</summary>
public readonly record struct SmppAddress(byte Ton, byte Npi, string Value)
{
    public override string ToString() => $"ton {Ton}, npi {Npi}";
}

/// <summary>What submit_sm and deliver_sm share: their bodies are alike (4.4.1, 4.6.1).</summary>
public abstract record MessagePdu : Pdu
{
    /// <summary>At most 5 characters.</summary>
    public string ServiceType { get; init; } = "";

    public SmppAddress Source { get; init; } = new(0, 0, "");

    public SmppAddress Destination { get; init; } = new(0, 0, "");

    /// <summary>Mode, type and features (5.2.12): see <see cref="EsmClass"/>.</summary>
    public byte EsmClass { get; init; }

    public byte ProtocolId { get; init; }

    public byte Priority { get; init; }

    /// <summary>Empty, or 16 characters (7.1.1).</summary>
    public string ScheduleDeliveryTime { get; init; } = "";

    /// <summary>Empty, or 16 characters (7.1.1).</summary>
    public string ValidityPeriod { get; init; } = "";

    /// <summary>Which receipts are asked for (5.2.17): 0 for none, 1 for the final one, 2 for a failure only.</summary>
    public byte RegisteredDelivery { get; init; }

    public byte ReplaceIfPresent { get; init; }

    /// <summary>How the text is written (5.2.19).</summary>
    public byte DataCoding { get; init; }

    public byte DefaultMessageId { get; init; }

    /// <summary>At most 254 octets; longer ones travel in the parameter message_payload.</summary>
    public ReadOnlyMemory<byte> ShortMessage { get; init; }

    /// <summary>The message wherever it travels: short_message, else message_payload.</summary>
    public ReadOnlyMemory<byte> Content => ShortMessage.IsEmpty && Find(TlvTags.MessagePayload) is { } payload ? payload : ShortMessage;
}

/// <summary>Gives the centre a message to send (4.4).</summary>
public sealed record SubmitSm : MessagePdu
{
    public override uint CommandId => CommandIds.SubmitSm;
}

/// <summary>The answer to a <see cref="SubmitSm"/>.</summary>
public sealed record SubmitSmResponse : Pdu
{
    /// <summary>The centre's name for the message, at most 64 characters; null where the PDU has no body, as after an error.</summary>
    public string? MessageId { get; init; }

    public override uint CommandId => CommandIds.SubmitSm | CommandIds.Response;
}

/// <summary>Brings a receipt or a phone's message (4.6).</summary>
public sealed record DeliverSm : MessagePdu
{
    public override uint CommandId => CommandIds.DeliverSm;
}

/// <summary>The answer to a <see cref="DeliverSm"/>.</summary>
public sealed record DeliverSmResponse : Pdu
{
    /// <summary>Unused, and empty; null where the PDU has no body.</summary>
    public string? MessageId { get; init; } = "";

    public override uint CommandId => CommandIds.DeliverSm | CommandIds.Response;
}

/// <summary>Parts of esm_class (5.2.12).</summary>
public static class EsmClass
{
    public const byte
        Receipt = 0x04,
        IntermediateNotification = 0x20,
        TypeMask = 0x3C,
        HasUserDataHeader = 0x40;
}
