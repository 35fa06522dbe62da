using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.Plivo;

/// <summary>What the codes in Plivo's message status callbacks mean (Plivo, "Error Codes"). A refused request has no code, only an HTTP status.</summary>
public static class PlivoErrors
{
    /// <summary>Every code that is known.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["10"] = DeliveryError.ContentTooLong,
        ["20"] = DeliveryError.Congestion,
        ["30"] = DeliveryError.Filtered,
        ["40"] = DeliveryError.InvalidSender,
        ["50"] = DeliveryError.InvalidNumber,
        ["60"] = DeliveryError.NoRoute,
        ["70"] = DeliveryError.UnknownNumber,
        ["80"] = DeliveryError.Unreachable,
        ["90"] = DeliveryError.NoRoute,
        ["100"] = DeliveryError.NoRoute,
        ["110"] = DeliveryError.ContentTooLong,
        ["200"] = DeliveryError.BlockedByRecipient,
        ["201"] = DeliveryError.NoRoute,
        ["300"] = DeliveryError.CarrierFault,
        ["420"] = DeliveryError.Expired,
        ["450"] = DeliveryError.CountryNotEnabled,
        ["451"] = DeliveryError.FraudBlock,
        ["900"] = DeliveryError.InsufficientFunds,
        ["910"] = DeliveryError.AccountSuspended,
        ["1000"] = DeliveryError.Unknown,
        ["failed"] = DeliveryError.Unknown,
        ["undelivered"] = DeliveryError.Unknown,
        ["rejected"] = DeliveryError.Unknown,
    };
}
