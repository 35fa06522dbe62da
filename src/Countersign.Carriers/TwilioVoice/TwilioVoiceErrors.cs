using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>What Twilio's codes for calls mean: those that refuse a request, call statuses, who answered, and SIP statuses of a call that failed (<c>sip_404</c>, RFC 3261).</summary>
public static class TwilioVoiceErrors
{
    /// <summary>Every code that is known.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = TwilioPlatformErrors.With(new Dictionary<string, DeliveryError>
    {
        ["10004"] = DeliveryError.Throttled,
        ["12100"] = DeliveryError.Misconfigured,
        ["12200"] = DeliveryError.Misconfigured,
        ["13214"] = DeliveryError.InvalidSender,
        ["13223"] = DeliveryError.InvalidNumber,
        ["13224"] = DeliveryError.NoRoute,
        ["13225"] = DeliveryError.NoRoute,
        ["13226"] = DeliveryError.InvalidNumber,
        ["13227"] = DeliveryError.CountryNotEnabled,
        ["13511"] = DeliveryError.Misconfigured,
        ["13512"] = DeliveryError.Misconfigured,
        ["13520"] = DeliveryError.ContentTooLong,
        ["13521"] = DeliveryError.ContentTooLong,
        ["21201"] = DeliveryError.InvalidNumber,
        ["21202"] = DeliveryError.NoRoute,
        ["21203"] = DeliveryError.CountryNotEnabled,
        ["21205"] = DeliveryError.Misconfigured,
        ["21207"] = DeliveryError.Misconfigured,
        ["21208"] = DeliveryError.Misconfigured,
        ["21209"] = DeliveryError.Misconfigured,
        ["21210"] = DeliveryError.InvalidSender,
        ["21211"] = DeliveryError.InvalidNumber,
        ["21212"] = DeliveryError.InvalidSender,
        ["21213"] = DeliveryError.InvalidSender,
        ["21214"] = DeliveryError.NoRoute,
        ["21215"] = DeliveryError.CountryNotEnabled,
        // Fraud is one of three causes that Twilio gives; too few to hold it against the number.
        ["21216"] = DeliveryError.NoRoute,
        ["21217"] = DeliveryError.InvalidNumber,
        ["21219"] = DeliveryError.Misconfigured,
        ["21401"] = DeliveryError.InvalidNumber,
        ["21421"] = DeliveryError.InvalidNumber,
        ["32203"] = DeliveryError.NoRoute,
        ["32205"] = DeliveryError.CountryNotEnabled,
        ["32224"] = DeliveryError.NoRoute,

        ["busy"] = DeliveryError.Busy,
        ["no-answer"] = DeliveryError.NoAnswer,
        ["canceled"] = DeliveryError.Canceled,
        ["failed"] = DeliveryError.Unknown,
        ["no_key"] = DeliveryError.CallRejected,
        ["not_read"] = DeliveryError.Unknown,
        ["expired"] = DeliveryError.Expired,
        ["machine_start"] = DeliveryError.NoAnswer,
        ["machine_end_beep"] = DeliveryError.NoAnswer,
        ["machine_end_silence"] = DeliveryError.NoAnswer,
        ["machine_end_other"] = DeliveryError.NoAnswer,
        ["fax"] = DeliveryError.NoAnswer,

        ["sip_403"] = DeliveryError.NoRoute,
        ["sip_404"] = DeliveryError.UnknownNumber,
        ["sip_408"] = DeliveryError.Unreachable,
        ["sip_410"] = DeliveryError.UnknownNumber,
        ["sip_480"] = DeliveryError.Unreachable,
        ["sip_484"] = DeliveryError.InvalidNumber,
        ["sip_486"] = DeliveryError.Busy,
        ["sip_487"] = DeliveryError.NoAnswer,
        ["sip_500"] = DeliveryError.CarrierFault,
        ["sip_502"] = DeliveryError.CarrierFault,
        ["sip_503"] = DeliveryError.Congestion,
        ["sip_504"] = DeliveryError.Congestion,
        ["sip_600"] = DeliveryError.Busy,
        ["sip_603"] = DeliveryError.CallRejected,
        ["sip_604"] = DeliveryError.UnknownNumber,
        ["sip_607"] = DeliveryError.BlockedByRecipient,
        ["sip_608"] = DeliveryError.Filtered,
    });
}
