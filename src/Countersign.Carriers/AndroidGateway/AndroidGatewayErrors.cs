using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.AndroidGateway;

/// <summary>
/// Why a phone could not send. The gateway reports a sentence that names Android's result code; the code is what is kept, without its prefix
/// (android.telephony.SmsManager, <c>RESULT_…</c>).
/// </summary>
public static class AndroidGatewayErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        ["RESULT_ERROR_GENERIC_FAILURE"] = CarrierFault,
        ["RESULT_ERROR_RADIO_OFF"] = CarrierFault,
        ["RESULT_ERROR_NULL_PDU"] = CarrierFault,
        ["RESULT_ERROR_NO_SERVICE"] = CarrierFault,
        ["RESULT_ERROR_LIMIT_EXCEEDED"] = QuotaReached,
        ["RESULT_ERROR_FDN_CHECK_FAILURE"] = Misconfigured, // The SIM calls fixed numbers only.
        ["RESULT_ERROR_SHORT_CODE_NOT_ALLOWED"] = InvalidNumber,
        ["RESULT_ERROR_SHORT_CODE_NEVER_ALLOWED"] = InvalidNumber,
        ["RESULT_RADIO_NOT_AVAILABLE"] = CarrierFault,
        ["RESULT_NETWORK_REJECT"] = Filtered,
        ["RESULT_INVALID_ARGUMENTS"] = CarrierFault, // Of all that the modem was given, the SIM among it: no word on the number.
        ["RESULT_INVALID_STATE"] = CarrierFault,
        ["RESULT_NO_MEMORY"] = CarrierFault,
        ["RESULT_INVALID_SMS_FORMAT"] = ContentTooLong,
        ["RESULT_SYSTEM_ERROR"] = CarrierFault,
        ["RESULT_MODEM_ERROR"] = CarrierFault,
        ["RESULT_NETWORK_ERROR"] = Congestion,
        ["RESULT_ENCODING_ERROR"] = ContentTooLong,
        ["RESULT_INVALID_SMSC_ADDRESS"] = Misconfigured,
        ["RESULT_OPERATION_NOT_ALLOWED"] = Misconfigured,
        ["RESULT_INTERNAL_ERROR"] = CarrierFault,
        ["RESULT_NO_RESOURCES"] = CarrierFault,
        ["RESULT_CANCELLED"] = Canceled,
        ["RESULT_REQUEST_NOT_SUPPORTED"] = Misconfigured,
        ["RESULT_NO_BLUETOOTH_SERVICE"] = CarrierFault,
        ["RESULT_INVALID_BLUETOOTH_ADDRESS"] = CarrierFault,
        ["RESULT_BLUETOOTH_DISCONNECTED"] = CarrierFault,
        ["RESULT_UNEXPECTED_EVENT_STOP_SENDING"] = CarrierFault,
        ["RESULT_SMS_BLOCKED_DURING_EMERGENCY"] = CarrierFault,
        ["RESULT_SMS_SEND_RETRY_FAILED"] = Congestion,
        ["RESULT_REMOTE_EXCEPTION"] = CarrierFault,
        ["RESULT_NO_DEFAULT_SMS_APP"] = Misconfigured,
        ["RESULT_USER_NOT_ALLOWED"] = Misconfigured,
        ["RESULT_RIL_RADIO_NOT_AVAILABLE"] = CarrierFault,
        ["RESULT_RIL_SMS_SEND_FAIL_RETRY"] = Congestion,
        ["RESULT_RIL_NETWORK_REJECT"] = Filtered,
        ["RESULT_RIL_INVALID_STATE"] = CarrierFault,
        ["RESULT_RIL_INVALID_ARGUMENTS"] = CarrierFault,
        ["RESULT_RIL_NO_MEMORY"] = CarrierFault,
        ["RESULT_RIL_REQUEST_RATE_LIMITED"] = Throttled,
        ["RESULT_RIL_INVALID_SMS_FORMAT"] = ContentTooLong,
        ["RESULT_RIL_SYSTEM_ERR"] = CarrierFault,
        ["RESULT_RIL_ENCODING_ERR"] = ContentTooLong,
        ["RESULT_RIL_INVALID_SMSC_ADDRESS"] = Misconfigured,
        ["RESULT_RIL_MODEM_ERR"] = CarrierFault,
        ["RESULT_RIL_NETWORK_ERR"] = Congestion,
        ["RESULT_RIL_INTERNAL_ERR"] = CarrierFault,
        ["RESULT_RIL_REQUEST_NOT_SUPPORTED"] = Misconfigured,
        ["RESULT_RIL_INVALID_MODEM_STATE"] = CarrierFault,
        ["RESULT_RIL_NETWORK_NOT_READY"] = CarrierFault,
        ["RESULT_RIL_OPERATION_NOT_ALLOWED"] = Misconfigured,
        ["RESULT_RIL_NO_RESOURCES"] = CarrierFault,
        ["RESULT_RIL_CANCELLED"] = Canceled,
        ["RESULT_RIL_SIM_ABSENT"] = Misconfigured,
    };

    /// <summary>The code in a sentence, the longest that it holds; null where it holds none. The rest of the sentence may quote the number, and is not kept.</summary>
    internal static string? CodeIn(string? reason) =>
        reason is null ? null : All.Keys.Where(code => reason.Contains(code, StringComparison.Ordinal)).MaxBy(code => code.Length);
}
