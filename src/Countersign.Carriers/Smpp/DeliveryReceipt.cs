using System.Buffers.Binary;
using System.Text;

namespace Countersign.Carriers.Smpp;

/// <summary>The states of a message (SMPP 3.4, 5.2.28) with their values in the parameter message_state.</summary>
public enum MessageState
{
    Enroute = 1,
    Delivered = 2,
    Expired = 3,
    Deleted = 4,
    Undeliverable = 5,
    Accepted = 6,
    Unknown = 7,
    Rejected = 8,
}

/// <summary>
/// What a deliver_sm says of a message that was sent: by the parameters receipted_message_id, message_state and network_error_code, else by its text
/// (<c>id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…</c>, SMPP 3.4 appendix B), which centres write freely.
/// </summary>
public sealed record DeliveryReceipt
{
    /// <summary>At most 64 characters.</summary>
    public required string MessageId { get; init; }

    /// <summary>True where the id comes of the parameter, which is written as submit_sm_resp wrote it.</summary>
    public bool IsIdOfParameter { get; init; }

    public required MessageState State { get; init; }

    /// <summary>True for word of a message that the centre still tries to deliver.</summary>
    public bool IsIntermediate { get; init; }

    /// <summary><c>err</c> of the text, as the centre counts its errors; null for none and for zeroes.</summary>
    public string? Error { get; init; }

    /// <summary>The kind of network that the error is of: 1 ANSI-136, 2 IS-95, 3 GSM. Null without the parameter.</summary>
    public byte? NetworkType { get; init; }

    /// <summary>The network's error; null without the parameter.</summary>
    public ushort? NetworkError { get; init; }

    /// <summary>
    /// Reads a receipt; null for a phone's message and for a receipt that names no message or no state. A text is believed only where esm_class says that it is a
    /// receipt: anybody with a phone can write one that looks so.
    /// </summary>
    public static DeliveryReceipt? Read(DeliverSm deliver)
    {
        var isReceipt = (deliver.EsmClass & EsmClass.TypeMask) is EsmClass.Receipt or EsmClass.IntermediateNotification;
        var parameter = Id(deliver.Find(TlvTags.ReceiptedMessageId));
        if (!isReceipt && parameter is null)
        {
            return null;
        }

        var text = ReceiptText.Of(deliver);
        var network = deliver.Find(TlvTags.NetworkErrorCode) is { Length: 3 } value ? value : default;
        var state = deliver.Find(TlvTags.MessageState) is { Length: 1 } code && Enum.IsDefined((MessageState)code.Span[0]) ? (MessageState)code.Span[0] : text.State;
        return (parameter ?? text.Id) is not { } id || state is null ? null : new DeliveryReceipt
        {
            MessageId = id,
            IsIdOfParameter = parameter is not null,
            State = state.Value,
            IsIntermediate = (deliver.EsmClass & EsmClass.TypeMask) == EsmClass.IntermediateNotification,
            Error = text.Error,
            NetworkType = network.IsEmpty ? null : network.Span[0],
            NetworkError = network.IsEmpty ? null : BinaryPrimitives.ReadUInt16BigEndian(network.Span[1..]),
        };
    }

    /// <summary>The word of a state in a receipt's text.</summary>
    public static string WordOf(MessageState state) => state switch
    {
        MessageState.Enroute => "ENROUTE",
        MessageState.Delivered => "DELIVRD",
        MessageState.Expired => "EXPIRED",
        MessageState.Deleted => "DELETED",
        MessageState.Undeliverable => "UNDELIV",
        MessageState.Accepted => "ACCEPTD",
        MessageState.Rejected => "REJECTD",
        _ => "UNKNOWN",
    };

    static string? Id(ReadOnlyMemory<byte>? value)
    {
        // A C-octet string; some centres leave out the zero at its end.
        var id = value is { } octets ? Encoding.Latin1.GetString(octets.Span).TrimEnd('\0') : "";
        return id.Length is > 0 and <= 64 && !id.Any(char.IsControl) ? id : null;
    }
}
