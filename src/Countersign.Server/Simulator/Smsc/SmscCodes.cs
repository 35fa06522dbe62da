using System.Globalization;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Server.Simulator.Smsc;

/// <summary>How a message centre says each error: a command_status at once, a state and a network's error by receipt. What SMPP has no word for is unknown.</summary>
static class SmscCodes
{
    const uint UnknownError = 0xFF;

    /// <summary>The command_status of a refusal.</summary>
    public static uint OfRefusal(DeliveryError error) => error switch
    {
        DeliveryError.Throttled => CommandStatus.Throttled,
        DeliveryError.CarrierFault => CommandStatus.SystemError,
        _ => Find(error, "status:0x") is { } code ? uint.Parse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : UnknownError,
    };

    /// <summary>The state and, where GSM has one, the network's error of what was not delivered.</summary>
    public static (MessageState State, ushort? GsmError) OfReceipt(DeliveryError error) => error switch
    {
        DeliveryError.Expired => (MessageState.Expired, null),
        DeliveryError.Canceled => (MessageState.Deleted, null),
        DeliveryError.Filtered => (MessageState.Rejected, null),
        _ => (MessageState.Undeliverable, Find(error, "gsm:") is { } code ? ushort.Parse(code, CultureInfo.InvariantCulture) : null),
    };

    static string? Find(DeliveryError error, string start) =>
        SmppErrors.All.FirstOrDefault(pair => pair.Value == error && pair.Key.StartsWith(start, StringComparison.Ordinal)).Key?[start.Length..];
}
