namespace Countersign.Carriers.Smpp;

/// <summary>One protocol data unit (SMPP 3.4, 3.2). It prints as its name and sequence number: what it carries is personal or secret.</summary>
public abstract record Pdu
{
    /// <summary>Which request and response belong together: 1 to 0x7FFFFFFF.</summary>
    public uint Sequence { get; init; }

    /// <summary>command_status: 0 in requests and for success.</summary>
    public uint Status { get; init; }

    /// <summary>The optional parameters in their order. None behind <see cref="UnknownPdu"/>, whose body nobody can read.</summary>
    public IReadOnlyList<Tlv> Tlvs { get; init; } = [];

    public abstract uint CommandId { get; }

    public bool IsResponse => (CommandId & CommandIds.Response) != 0;

    /// <summary>The value of the first parameter with the tag; null where there is none.</summary>
    public ReadOnlyMemory<byte>? Find(ushort tag) => Tlvs.FirstOrDefault(tlv => tlv.Tag == tag)?.Value;

    public sealed override string ToString() => $"{GetType().Name} {Sequence}, status 0x{Status:X}";
}

/// <summary>What a connection is bound for. The values are the requests' command ids.</summary>
public enum BindType
{
    /// <summary>Takes receipts and messages from phones.</summary>
    Receiver = (int)CommandIds.BindReceiver,

    /// <summary>Sends messages.</summary>
    Transmitter = (int)CommandIds.BindTransmitter,

    /// <summary>Both.</summary>
    Transceiver = (int)CommandIds.BindTransceiver,
}

/// <summary>bind_receiver, bind_transmitter or bind_transceiver (4.1).</summary>
public sealed record Bind(BindType Type) : Pdu
{
    /// <summary>At most 15 characters.</summary>
    public string SystemId { get; init; } = "";

    /// <summary>At most 8 characters.</summary>
    public string Password { get; init; } = "";

    /// <summary>At most 12 characters.</summary>
    public string SystemType { get; init; } = "";

    /// <summary>0x34 for SMPP 3.4.</summary>
    public byte InterfaceVersion { get; init; } = 0x34;

    public byte AddressTon { get; init; }

    public byte AddressNpi { get; init; }

    /// <summary>At most 40 characters.</summary>
    public string AddressRange { get; init; } = "";

    public override uint CommandId => (uint)Type;
}

/// <summary>The answer to a <see cref="Bind"/>.</summary>
public sealed record BindResponse(BindType Type) : Pdu
{
    /// <summary>At most 15 characters; null where the PDU has no body, as after an error.</summary>
    public string? SystemId { get; init; }

    public override uint CommandId => (uint)Type | CommandIds.Response;
}

/// <summary>Asks to end the session (4.2).</summary>
public sealed record Unbind : Pdu
{
    public override uint CommandId => CommandIds.Unbind;
}

public sealed record UnbindResponse : Pdu
{
    public override uint CommandId => CommandIds.Unbind | CommandIds.Response;
}

/// <summary>Asks whether the other side is there (4.11).</summary>
public sealed record EnquireLink : Pdu
{
    public override uint CommandId => CommandIds.EnquireLink;
}

public sealed record EnquireLinkResponse : Pdu
{
    public override uint CommandId => CommandIds.EnquireLink | CommandIds.Response;
}

/// <summary>The answer to what could not be read (4.3). A sequence of 0 answers something whose own could not be read.</summary>
public sealed record GenericNack : Pdu
{
    public override uint CommandId => CommandIds.GenericNack;
}

/// <summary>A PDU that is framed well and has a command id that is not spoken here.</summary>
public sealed record UnknownPdu(uint Id) : Pdu
{
    public ReadOnlyMemory<byte> Body { get; init; }

    public override uint CommandId => Id;
}
