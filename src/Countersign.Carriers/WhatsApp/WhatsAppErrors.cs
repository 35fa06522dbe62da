using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.WhatsApp;

/// <summary>The error codes of the WhatsApp Cloud API, in answers and in webhooks (Meta, "Cloud API error codes").</summary>
public static class WhatsAppErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        // Authorization
        ["0"] = Authentication,
        ["3"] = Authentication,
        ["10"] = Authentication,
        ["190"] = Authentication,
        ["200"] = Authentication,
        ["299"] = Authentication,
        ["131005"] = Authentication,

        // Integrity
        ["368"] = AccountSuspended,
        ["130497"] = CountryNotEnabled,
        ["131031"] = AccountSuspended,

        // Throttling
        ["4"] = Throttled,
        ["80007"] = Throttled,
        ["130429"] = Throttled,
        ["131048"] = QuotaReached,
        ["131056"] = Throttled,
        ["133016"] = Throttled,

        // The platform
        ["1"] = CarrierFault,
        ["2"] = CarrierFault,
        ["131000"] = CarrierFault,
        ["131016"] = CarrierFault,
        ["131057"] = CarrierFault,
        ["133000"] = CarrierFault,
        ["133004"] = CarrierFault,

        // The request
        ["33"] = InvalidSender,
        ["100"] = Misconfigured,
        ["131008"] = Misconfigured,
        ["131009"] = Misconfigured,
        ["131030"] = Misconfigured, // A test number sends to listed recipients only.
        ["131051"] = Misconfigured,
        ["131052"] = Misconfigured,
        ["131053"] = Misconfigured,
        ["135000"] = Misconfigured,

        // The sender
        ["131037"] = InvalidSender,
        ["131042"] = InsufficientFunds,
        ["131045"] = InvalidSender,
        ["133005"] = InvalidSender,
        ["133006"] = InvalidSender,
        ["133008"] = InvalidSender,
        ["133009"] = InvalidSender,
        ["133010"] = InvalidSender,
        ["133015"] = InvalidSender,

        // The recipient
        ["130472"] = Filtered, // The person is part of an experiment of Meta's.
        ["131021"] = InvalidNumber,
        ["131026"] = NotOnChannel,
        ["131049"] = Filtered,
        ["131050"] = BlockedByRecipient,

        // The template
        ["131047"] = TemplateRejected, // Outside of the 24 hours only a template is taken, and this was not one.
        ["132000"] = TemplateRejected,
        ["132001"] = TemplateRejected,
        ["132005"] = ContentTooLong,
        ["132007"] = TemplateRejected,
        ["132012"] = TemplateRejected,
        ["132015"] = TemplateRejected,
        ["132016"] = TemplateRejected,
        ["132018"] = TemplateRejected,
        ["132068"] = TemplateRejected,
        ["132069"] = Throttled,
    };

    /// <summary>What a code means; null for one that is not known.</summary>
    internal static DeliveryError? Find(string? code) => code is not null && All.TryGetValue(code, out var error) ? error : null;
}
