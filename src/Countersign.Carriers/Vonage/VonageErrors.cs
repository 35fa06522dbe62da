using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.Vonage;

/// <summary>What Vonage's codes mean: the <c>status</c> of a refused request, and, behind <c>dlr_</c>, the <c>err-code</c> of a delivery receipt, which counts anew.</summary>
public static class VonageErrors
{
    /// <summary>What stands before a receipt's code.</summary>
    public const string Receipt = "dlr_";

    /// <summary>Every code that is known.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["1"] = DeliveryError.Throttled,
        ["2"] = DeliveryError.Misconfigured,
        // Which parameter is wrong stands in a text only.
        ["3"] = DeliveryError.Unknown,
        ["4"] = DeliveryError.Authentication,
        ["5"] = DeliveryError.CarrierFault,
        ["6"] = DeliveryError.NoRoute,
        ["7"] = DeliveryError.BlockedByRecipient,
        ["8"] = DeliveryError.AccountSuspended,
        ["9"] = DeliveryError.InsufficientFunds,
        ["10"] = DeliveryError.Throttled,
        ["11"] = DeliveryError.Misconfigured,
        ["12"] = DeliveryError.ContentTooLong,
        ["13"] = DeliveryError.CarrierFault,
        ["14"] = DeliveryError.Authentication,
        ["15"] = DeliveryError.InvalidSender,
        ["16"] = DeliveryError.Misconfigured,
        ["17"] = DeliveryError.NoRoute,
        ["19"] = DeliveryError.Misconfigured,
        ["20"] = DeliveryError.Misconfigured,
        ["22"] = DeliveryError.NoRoute,
        ["23"] = DeliveryError.Misconfigured,
        ["29"] = DeliveryError.Misconfigured,
        ["32"] = DeliveryError.Misconfigured,
        ["33"] = DeliveryError.UnknownNumber,

        ["dlr_1"] = DeliveryError.Unknown,
        ["dlr_2"] = DeliveryError.Unreachable,
        ["dlr_3"] = DeliveryError.UnknownNumber,
        // The contract bars text messages ("call barred"), the plan has none (14): of other channels that says nothing.
        ["dlr_4"] = DeliveryError.Unreachable,
        ["dlr_5"] = DeliveryError.NoRoute,
        ["dlr_6"] = DeliveryError.Filtered,
        ["dlr_7"] = DeliveryError.Unreachable,
        ["dlr_8"] = DeliveryError.Congestion,
        ["dlr_9"] = DeliveryError.BlockedByRecipient,
        ["dlr_10"] = DeliveryError.ContentTooLong,
        ["dlr_11"] = DeliveryError.NoRoute,
        ["dlr_12"] = DeliveryError.NoRoute,
        ["dlr_13"] = DeliveryError.Filtered,
        ["dlr_14"] = DeliveryError.Landline,
        ["dlr_15"] = DeliveryError.Unreachable,
        ["dlr_16"] = DeliveryError.QuotaReached,
        ["dlr_50"] = DeliveryError.UnregisteredSender,
        ["dlr_51"] = DeliveryError.UnregisteredSender,
        ["dlr_52"] = DeliveryError.Filtered,
        ["dlr_53"] = DeliveryError.Filtered,
        ["dlr_54"] = DeliveryError.UnregisteredSender,
        ["dlr_99"] = DeliveryError.Unknown,
        ["expired"] = DeliveryError.Expired,
        ["failed"] = DeliveryError.Unknown,
        ["rejected"] = DeliveryError.Unknown,
        ["deleted"] = DeliveryError.Canceled,
    };
}
