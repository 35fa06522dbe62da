using Countersign.Carriers.Twilio;
using Countersign.Carriers.TwilioVoice;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Server.Simulator.Twilio;

/// <summary>How Twilio says each error: at once with a status and a code, later with a code, and of a call with a status.</summary>
static class TwilioCodes
{
    /// <summary>What Twilio says of an error that it has no word for.</summary>
    const int Unknown = 30008;

    // Of several codes that mean the same, the one that Twilio gives most.
    static readonly Dictionary<DeliveryError, int> Usual = new()
    {
        [DeliveryError.InvalidNumber] = 21211,
        [DeliveryError.CountryNotEnabled] = 21408,
        [DeliveryError.InvalidSender] = 21606,
        [DeliveryError.BlockedByRecipient] = 21610,
        [DeliveryError.NoRoute] = 21612,
        [DeliveryError.Landline] = 21614,
        [DeliveryError.ContentTooLong] = 21617,
        [DeliveryError.Misconfigured] = 21609,
        [DeliveryError.Authentication] = 20003,
        [DeliveryError.AccountSuspended] = 20005,
        [DeliveryError.Throttled] = 20429,
        [DeliveryError.CarrierFault] = 20503,
    };

    /// <summary>Twilio's numbers to test with, and what they are refused for (Twilio, "Test Credentials").</summary>
    public static IReadOnlyDictionary<string, DeliveryError> TestNumbers { get; } = new Dictionary<string, DeliveryError>
    {
        ["+15005550001"] = DeliveryError.InvalidNumber,
        ["+15005550002"] = DeliveryError.NoRoute,
        ["+15005550003"] = DeliveryError.CountryNotEnabled,
        ["+15005550004"] = DeliveryError.BlockedByRecipient,
        ["+15005550009"] = DeliveryError.Landline,
    };

    /// <summary>The HTTP status and the code of a refusal.</summary>
    public static (int Status, int Code) OfRefusal(DeliveryError error)
    {
        var code = Usual.GetValueOrDefault(error, First(error, TwilioErrors.All, "2") ?? OfReceipt(error));
        var status = error switch
        {
            DeliveryError.Authentication => 401,
            DeliveryError.AccountSuspended => 403,
            DeliveryError.Throttled or DeliveryError.QuotaReached => 429,
            DeliveryError.CarrierFault => 503,
            _ => 400,
        };
        return (status, code);
    }

    /// <summary>The <c>ErrorCode</c> of a message that failed later.</summary>
    public static int OfReceipt(DeliveryError error)
    {
        var own = ErrorDictionary.Of(error).TwilioCode;
        return Means(own, error) ? own : First(error, TwilioErrors.All, "3") ?? First(error, TwilioErrors.All, "") ?? Unknown;
    }

    /// <summary>The status of a call that failed, with the SIP response and the code that belong to it where it has them.</summary>
    public static (string Status, string? SipCode, int? ErrorCode) OfCall(DeliveryError error) => error switch
    {
        DeliveryError.Busy => ("busy", null, null),
        DeliveryError.NoAnswer => ("no-answer", null, null),
        DeliveryError.Canceled => ("canceled", null, null),
        _ when TwilioVoiceErrors.All.FirstOrDefault(pair => pair.Value == error && pair.Key.StartsWith("sip_", StringComparison.Ordinal)) is { Key: { } sip } => ("failed", sip[4..], null),
        _ => ("failed", null, First(error, TwilioVoiceErrors.All, "")),
    };

    static bool Means(int code, DeliveryError error) => TwilioErrors.All.TryGetValue($"{code}", out var meant) && meant == error;

    static int? First(DeliveryError error, IReadOnlyDictionary<string, DeliveryError> codes, string start) => codes
        .Where(pair => pair.Value == error && pair.Key.StartsWith(start, StringComparison.Ordinal) && pair.Key.All(char.IsAsciiDigit))
        .Select(pair => (int?)int.Parse(pair.Key, System.Globalization.CultureInfo.InvariantCulture))
        .FirstOrDefault();
}
