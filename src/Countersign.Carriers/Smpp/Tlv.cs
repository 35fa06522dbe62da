namespace Countersign.Carriers.Smpp;

/// <summary>An optional parameter (SMPP 3.4, 5.3): a tag and up to 65,535 octets.</summary>
public sealed record Tlv(ushort Tag, ReadOnlyMemory<byte> Value)
{
    public override string ToString() => $"0x{Tag:X4}, {Value.Length} octet(s)";
}

/// <summary>The tags that are spoken here (SMPP 3.4, 5.3.2).</summary>
public static class TlvTags
{
    public const ushort
        ReceiptedMessageId = 0x001E,
        InterfaceVersion = 0x0210,
        NetworkErrorCode = 0x0423,
        MessagePayload = 0x0424,
        MessageState = 0x0427;
}
