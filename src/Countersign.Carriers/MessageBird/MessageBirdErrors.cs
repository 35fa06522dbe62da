using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.MessageBird;

/// <summary>
/// MessageBird's codes: of requests as <c>api:</c> and the number, of status reports as <c>dlr:</c> and the <c>statusErrorCode</c>, and of reports without one as
/// <c>reason:</c> and the <c>statusReason</c> ("SMS errors and error codes", "Extended error codes").
/// </summary>
public static class MessageBirdErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["api:2"] = Authentication,
        ["api:5"] = CountryNotEnabled,
        ["api:7"] = Misconfigured,
        ["api:9"] = Misconfigured,
        ["api:10"] = Misconfigured,
        ["api:10:recipients"] = InvalidNumber,
        ["api:10:recipient"] = InvalidNumber,
        ["api:10:originator"] = InvalidSender,
        ["api:10:body"] = ContentTooLong,
        ["api:9:recipients"] = InvalidNumber,
        ["api:9:originator"] = InvalidSender,
        ["api:20"] = Misconfigured,
        ["api:21"] = Misconfigured,
        ["api:25"] = InsufficientFunds,
        ["api:98"] = Misconfigured,
        ["api:99"] = CarrierFault,

        ["dlr:1"] = UnknownNumber,
        ["dlr:2"] = Unreachable,
        ["dlr:3"] = Unreachable,
        ["dlr:5"] = UnknownNumber,
        ["dlr:6"] = Unreachable,
        ["dlr:7"] = Unreachable,
        ["dlr:8"] = Unreachable,
        ["dlr:9"] = UnknownNumber,
        ["dlr:10"] = Landline,
        ["dlr:11"] = Landline,
        ["dlr:12"] = Unreachable,
        ["dlr:13"] = Unreachable,
        ["dlr:15"] = Filtered,
        ["dlr:20"] = Congestion,
        ["dlr:21"] = Landline,
        ["dlr:22"] = Congestion,
        ["dlr:27"] = Unreachable,
        ["dlr:29"] = Unreachable,
        ["dlr:31"] = Unreachable,
        ["dlr:32"] = Unreachable,
        ["dlr:33"] = Unreachable,
        ["dlr:34"] = Congestion,
        ["dlr:35"] = Congestion,
        ["dlr:36"] = Congestion,
        ["dlr:51"] = Congestion,
        ["dlr:71"] = ContentTooLong,
        ["dlr:72"] = Unreachable,
        ["dlr:103"] = BlockedByRecipient,
        ["dlr:104"] = UnregisteredSender,
        ["dlr:105"] = Filtered,
        ["dlr:106"] = QuotaReached,
        ["dlr:107"] = Throttled,

        ["reason:unknown_subscriber"] = UnknownNumber,
        ["reason:unavailable_subscriber"] = Unreachable,
        ["reason:expired"] = Expired,
        ["reason:dlr_not_received"] = Expired,
        ["reason:opted_out"] = BlockedByRecipient,
        ["reason:received_network_error"] = Congestion,
        ["reason:insufficient_balance"] = InsufficientFunds,
        ["reason:carrier_rejected"] = Filtered,
        ["reason:capacity_limit_reached"] = QuotaReached,
        ["reason:generic_delivery_failure"] = Unknown,
    };

    /// <summary>What a code means; null for one that is not known.</summary>
    internal static DeliveryError? Find(string? code) => code is not null && All.TryGetValue(code, out var error) ? error : null;
}
