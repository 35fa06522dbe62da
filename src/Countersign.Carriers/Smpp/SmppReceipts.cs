using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Smpp;

/// <summary>
/// What receipts of the protocol mean to us. Their dates are left out: they are in the centre's own time, and no field says which that is.
/// </summary>
static class SmppReceipts
{
    public static Receipt Of(DeliveryReceipt receipt, ReceiptIdFormat ids)
    {
        var status = StatusOf(receipt);
        var failure = status == ReceiptStatus.Undelivered ? SmppErrors.OfReceipt(receipt) : default;
        return new Receipt
        {
            CarrierMessageId = MessageIds.OfReceipt(receipt, ids),
            Status = status,
            Error = status == ReceiptStatus.Undelivered ? failure.Error : null,
            CarrierCode = failure.Code,
        };
    }

    static ReceiptStatus StatusOf(DeliveryReceipt receipt) => receipt.State switch
    {
        MessageState.Delivered => ReceiptStatus.Delivered,
        MessageState.Enroute or MessageState.Accepted => ReceiptStatus.Sent,

        // The centre still tries.
        _ when receipt.IsIntermediate => ReceiptStatus.Sent,
        _ => ReceiptStatus.Undelivered,
    };
}
