namespace Countersign.Carriers.Smpp;

/// <summary>The command ids that are spoken here (SMPP 3.4, 5.1.2.1). A response's is its request's with the highest bit set.</summary>
public static class CommandIds
{
    public const uint
        BindReceiver = 0x01,
        BindTransmitter = 0x02,
        SubmitSm = 0x04,
        DeliverSm = 0x05,
        Unbind = 0x06,
        BindTransceiver = 0x09,
        EnquireLink = 0x15,
        AlertNotification = 0x102,
        Response = 0x8000_0000,
        GenericNack = 0x8000_0000;
}
