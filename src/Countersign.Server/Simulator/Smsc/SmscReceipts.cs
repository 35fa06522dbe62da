using System.Globalization;
using System.Text;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Server.Simulator.Smsc;

/// <summary>Writes receipts as deliver_sm: in parameters, and in the text of SMPP 3.4, appendix B.</summary>
static class SmscReceipts
{
    const byte Gsm = 3;

    /// <summary>The receipt of a message, from its recipient to its sender. The text does not quote the message.</summary>
    public static DeliverSm Write(SubmitSm submit, string id, PlannedReceipt receipt, DateTimeOffset submitted, DateTimeOffset done)
    {
        var delivered = receipt.Status == ReceiptStatus.Delivered;
        var (state, network) = delivered ? (MessageState.Delivered, null) : SmscCodes.OfReceipt(receipt.Error ?? DeliveryError.Unknown);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"id:{id} sub:001 dlvrd:{(delivered ? 1 : 0):D3} submit date:{Date(submitted)} done date:{Date(done)} stat:{DeliveryReceipt.WordOf(state)} err:{network ?? 0:D3} text:");
        var parameters = new List<Tlv>
        {
            new(TlvTags.ReceiptedMessageId, Encoding.ASCII.GetBytes(id + "\0")),
            new(TlvTags.MessageState, new[] { (byte)state }),
        };
        if (network is { } error)
        {
            parameters.Add(new Tlv(TlvTags.NetworkErrorCode, new[] { Gsm, (byte)(error >> 8), (byte)error }));
        }

        return new DeliverSm
        {
            Source = submit.Destination,
            Destination = submit.Source,
            EsmClass = EsmClass.Receipt,
            ShortMessage = Encoding.ASCII.GetBytes(text),
            Tlvs = parameters,
        };
    }

    /// <summary>Whether the sender asked for it (registered_delivery, 5.2.17).</summary>
    public static bool IsWanted(SubmitSm submit, PlannedReceipt receipt) => (submit.RegisteredDelivery & 0x03) switch
    {
        1 => true,
        2 => receipt.Status == ReceiptStatus.Undelivered,
        _ => false,
    };

    static string Date(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyMMddHHmm", CultureInfo.InvariantCulture);
}
