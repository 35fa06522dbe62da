using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers;

/// <summary>The codes of Twilio's platform, which every one of its APIs may answer with (Twilio, "Error and Warning Dictionary").</summary>
static class TwilioPlatformErrors
{
    /// <summary>These codes and those of one API.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> With(IReadOnlyDictionary<string, DeliveryError> own) => own.Concat(All).ToDictionary();

    static readonly Dictionary<string, DeliveryError> All = new()
    {
        ["400"] = DeliveryError.Unknown,
        ["403"] = DeliveryError.Authentication,
        ["404"] = DeliveryError.Misconfigured,
        ["500"] = DeliveryError.CarrierFault,
        ["10001"] = DeliveryError.AccountSuspended,
        ["10002"] = DeliveryError.Misconfigured,
        ["20001"] = DeliveryError.Misconfigured,
        ["20003"] = DeliveryError.Authentication,
        ["20004"] = DeliveryError.Misconfigured,
        ["20005"] = DeliveryError.AccountSuspended,
        ["20006"] = DeliveryError.Authentication,
        ["20007"] = DeliveryError.Misconfigured,
        ["20008"] = DeliveryError.Misconfigured,
        ["20010"] = DeliveryError.AccountSuspended,
        ["20403"] = DeliveryError.Authentication,
        ["20404"] = DeliveryError.Misconfigured,
        ["20409"] = DeliveryError.CarrierFault,
        ["20422"] = DeliveryError.Misconfigured,
        ["20429"] = DeliveryError.Throttled,
        ["20500"] = DeliveryError.CarrierFault,
        ["20503"] = DeliveryError.CarrierFault,
    };
}
