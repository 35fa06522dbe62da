using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers;

/// <summary>Twilio's error codes, in answers and in status callbacks, for messages and calls (Twilio, "Error and warning dictionary").</summary>
public static class TwilioErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["11200"] = Misconfigured,
        ["13223"] = InvalidNumber,
        ["13224"] = InvalidNumber,
        ["13225"] = Filtered,
        ["13226"] = InvalidNumber,
        ["13227"] = CountryNotEnabled,
        ["14107"] = Throttled,
        ["20003"] = Authentication,
        ["20005"] = AccountSuspended,
        ["20006"] = Authentication,
        ["20008"] = Misconfigured,
        ["20404"] = Misconfigured,
        ["20429"] = Throttled,
        ["20500"] = CarrierFault,
        ["20503"] = CarrierFault,
        ["21201"] = InvalidNumber,
        ["21210"] = InvalidSender,
        ["21211"] = InvalidNumber,
        ["21212"] = InvalidSender,
        ["21214"] = NoRoute,
        ["21215"] = CountryNotEnabled,
        ["21216"] = CountryNotEnabled,
        ["21217"] = InvalidNumber,
        ["21219"] = Misconfigured,
        ["21401"] = InvalidNumber,
        ["21408"] = CountryNotEnabled,
        ["21602"] = Misconfigured,
        ["21603"] = InvalidSender,
        ["21604"] = InvalidNumber,
        ["21606"] = InvalidSender,
        ["21608"] = Misconfigured,
        ["21609"] = Misconfigured,
        ["21610"] = BlockedByRecipient,
        ["21611"] = Throttled,
        ["21612"] = NoRoute,
        ["21614"] = Landline,
        ["21617"] = ContentTooLong,
        ["21655"] = TemplateRejected,
        ["21656"] = TemplateRejected,
        ["21657"] = InvalidSender,
        ["21703"] = InvalidSender,
        ["30001"] = Throttled,
        ["30002"] = AccountSuspended,
        ["30003"] = Unreachable,
        ["30004"] = BlockedByRecipient,
        ["30005"] = UnknownNumber,
        ["30006"] = Landline,
        ["30007"] = Filtered,
        ["30008"] = Unknown,
        ["30009"] = Unknown,
        ["30010"] = PriceTooHigh,
        ["30011"] = NoRoute,
        ["30012"] = Misconfigured,
        ["30013"] = Misconfigured,
        ["30014"] = Misconfigured,
        ["30015"] = Misconfigured,
        ["30016"] = Misconfigured,
        ["30017"] = Congestion,
        ["30018"] = UnregisteredSender,
        ["30019"] = ContentTooLong,
        ["30020"] = CarrierFault,
        ["30021"] = CarrierFault,
        ["30022"] = Throttled,
        ["30023"] = QuotaReached,
        ["30024"] = InvalidSender,
        ["30027"] = QuotaReached,
        ["30028"] = Misconfigured,
        ["30029"] = Misconfigured,
        ["30030"] = Misconfigured,
        ["30031"] = Misconfigured,
        ["30032"] = UnregisteredSender,
        ["30033"] = UnregisteredSender,
        ["30034"] = UnregisteredSender,
        ["30035"] = UnregisteredSender,
        ["30036"] = Expired,
        ["30410"] = DeliveryError.Timeout,
        ["30450"] = FraudBlock,
        ["63003"] = NotOnChannel,
        ["63007"] = InvalidSender,
        ["63013"] = Filtered,
        ["63015"] = Misconfigured,
        ["63016"] = TemplateRejected,
        ["63018"] = Throttled,
        ["63024"] = InvalidNumber,
        ["63027"] = TemplateRejected,
        ["63028"] = TemplateRejected,
        ["63032"] = BlockedByRecipient,
        ["63033"] = BlockedByRecipient,
        ["63036"] = Unreachable,
        ["63038"] = QuotaReached,
        ["63040"] = TemplateRejected,
        ["63041"] = TemplateRejected,
        ["63042"] = TemplateRejected,
        ["63051"] = AccountSuspended,
    };

    /// <summary>What a code means; null for one that is not listed.</summary>
    internal static DeliveryError? Find(string? code) => code is not null && All.TryGetValue(code, out var error) ? error : null;

    /// <summary>Reads the answer to a request that makes a message or a call.</summary>
    internal static SendOutcome Read(CarrierAnswer answer, string sidPrefix)
    {
        var json = VendorJson.Parse(answer.Body);
        if (answer.IsSuccess)
        {
            return json.TextAt("sid") is { Length: 34 } sid && sid.StartsWith(sidPrefix, StringComparison.Ordinal) ? new SendOutcome.Accepted(sid) : Refusals.ByStatus(answer.Status);
        }

        return json.TextAt("code") is { } code && code.All(char.IsAsciiDigit)
            ? new SendOutcome.Refused(Find(code) ?? Refusals.OfUnlisted(answer.Status), Refusals.Code(code))
            : Refusals.ByStatus(answer.Status);
    }
}
