using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.Infobip;

/// <summary>
/// Infobip's codes by name: of requests (<c>E…</c>), of statuses (<c>REJECTED_…</c>) and of errors (<c>EC_…</c>), from its "Error code reference" and "Message
/// status codes". Numbers are not used, as statuses and errors share them. Network protocol errors that only differ in how the network failed are
/// <see cref="NetworkFault"/> by their prefix.
/// </summary>
public static class InfobipErrors
{
    static readonly string[] NetworkFault = ["EC_OR_", "EC_NNR_", "EC_UA_", "EC_PA_", "EC_NC_"];

    /// <summary>What each name means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        // Requests
        ["E400"] = Misconfigured,
        ["E401"] = Authentication,
        ["E403"] = Authentication,
        ["E404"] = Misconfigured,
        ["E429"] = Throttled,
        ["E500"] = CarrierFault,
        ["BAD_REQUEST"] = Misconfigured,
        ["UNAUTHORIZED"] = Authentication,
        ["FORBIDDEN"] = Authentication,
        ["TOO_MANY_REQUESTS"] = Throttled,
        ["GENERAL_ERROR"] = CarrierFault,

        // Statuses
        ["UNDELIVERABLE_REJECTED_OPERATOR"] = Filtered,
        ["UNDELIVERABLE_NOT_DELIVERED"] = Unreachable,
        ["UNDELIVERABLE_NOT_SENT"] = CarrierFault,
        ["EXPIRED_EXPIRED"] = Expired,
        ["EXPIRED_DLR_UNKNOWN"] = Expired,
        ["SIGNALS_BLOCKED"] = FraudBlock,
        ["REJECTED_NETWORK"] = NoRoute,
        ["REJECTED_PREFIX_MISSING"] = InvalidNumber,
        ["REJECTED_DND"] = Filtered,
        ["REJECTED_SOURCE"] = UnregisteredSender,
        ["REJECTED_NOT_ENOUGH_CREDITS"] = InsufficientFunds,
        ["REJECTED_SENDER"] = InvalidSender,
        ["REJECTED_DESTINATION_BLOCKLISTED"] = BlockedByRecipient,
        ["REJECTED_PREPAID_PACKAGE_EXPIRED"] = InsufficientFunds,
        ["REJECTED_DESTINATION_NOT_REGISTERED"] = Misconfigured, // A trial account sends to registered numbers only.
        ["REJECTED_ROUTE_NOT_AVAILABLE"] = NoRoute,
        ["REJECTED_FLOODING_FILTER"] = Filtered, // What one number may get in an hour: trying again soon does not help.
        ["REJECTED_SYSTEM_ERROR"] = CarrierFault,
        ["REJECTED_INVALID_UDH"] = ContentTooLong,
        ["REJECTED_MESSAGE_TOO_LONG"] = ContentTooLong,
        ["MISSING_TO"] = InvalidNumber,
        ["REJECTED_DESTINATION"] = InvalidNumber,
        ["UNDELIVERABLE_REJECTED_PLATFORM"] = CarrierFault,

        // Errors of the handset
        ["EC_UNKNOWN_SUBSCRIBER"] = UnknownNumber,
        ["EC_UNKNOWN_BASE_STATION"] = Unreachable,
        ["EC_UNIDENTIFIED_SUBSCRIBER"] = UnknownNumber,
        ["EC_ABSENT_SUBSCRIBER_SM"] = Unreachable,
        ["EC_UNKNOWN_EQUIPMENT"] = Unreachable,
        ["EC_ROAMING_NOT_ALLOWED"] = Unreachable,
        ["EC_ILLEGAL_SUBSCRIBER"] = UnknownNumber,
        ["EC_TELESERVICE_NOT_PROVISIONED"] = Landline,
        ["EC_ILLEGAL_EQUIPMENT"] = Unreachable,
        ["EC_CALL_BARRED"] = Unreachable,
        ["EC_FACILITY_NOT_SUPPORTED"] = Landline,
        ["EC_ABSENT_SUBSCRIBER"] = Unreachable,
        ["EC_SUBSCRIBER_BUSY_FOR_MT_SMS"] = Unreachable,
        ["EC_SM_DELIVERY_FAILURE"] = Unreachable,
        ["EC_MESSAGE_WAITING_LIST_FULL"] = Unreachable,
        ["EC_SYSTEM_FAILURE"] = Congestion,
        ["EC_DATA_MISSING"] = Congestion,
        ["EC_UNEXPECTED_DATA_VALUE"] = Congestion,
        ["EC_UNKNOWN_ERROR"] = Unknown,
        ["EC_SM_DF_MEMORYCAPACITYEXCEEDED"] = Unreachable,
        ["EC_SM_DF_EQUIPMENTPROTOCOLERROR"] = Unreachable,
        ["EC_SM_DF_EQUIPMENTNOTSM_EQUIPPED"] = Landline,
        ["EC_SM_DF_UNKNOWNSERVICECENTRE"] = NoRoute,
        ["EC_SM_DF_SC_CONGESTION"] = Congestion,
        ["EC_SM_DF_INVALIDSME_ADDRESS"] = Unreachable,
        ["EC_SM_DF_SUBSCRIBERNOTSC_SUBSCRIBER"] = NoRoute,
        ["EC_PROVIDER_GENERAL_ERROR"] = Congestion,
        ["EC_NO_RESPONSE"] = Congestion,
        ["EC_SERVICE_COMPLETION_FAILURE"] = Congestion,
        ["EC_UNEXPECTED_RESPONSE_FROM_PEER"] = Congestion,
        ["EC_MISTYPED_PARAMETER"] = Congestion,
        ["EC_NOT_SUPPORTED_SERVICE"] = Congestion,
        ["EC_DUPLICATED_INVOKE_ID"] = Congestion,
        ["EC_CANNOT_RECEIVE_SC"] = InvalidSender,
        ["EC_SC_BLOCKED_BY_END_USER"] = BlockedByRecipient,
        ["EC_USER_OUT_OF_CREDIT"] = Unreachable,
        ["EC_TEMPORARY_HANDSET_FAILURE"] = Unreachable,
        ["EC_DEST_ADDRESS_UNABLE_TO_RECEIVE_SMS"] = Landline,

        // Errors of the user
        ["EC_INVALID_REQUEST_TYPE"] = Misconfigured,
        ["EC_INVALID_DESTINATION_ADDRESS"] = NoRoute,
        ["EC_INVALID_REQUEST_DESTINATION"] = InvalidNumber,
        ["EC_MSG_TEXT_TOO_LONG"] = ContentTooLong,
        ["EC_INVALID_SOURCE_ADDRESS"] = InvalidSender,
        ["EC_ACCOUNT_ACCESS_DENIED"] = Authentication,
        ["EC_LIMIT_REACHED"] = Throttled,
        ["EC_QUOTA_REACHED"] = QuotaReached,
        ["EC_CAMPAIGNID_NOT_PROVISIONED"] = UnregisteredSender,
        ["EC_ACC_NOT_PROVISIONED_TO_SMS_DEMO_SC"] = Misconfigured,
        ["EC_EXCEEDED_THE_TIME_LIMIT_OF_SMS_DEMO"] = Misconfigured,
        ["EC_DEST_ADDRESS_NOT_IN_SMS_DEMO"] = Misconfigured,
        ["EC_EXCEEDED_THE_MAX_NUMBER"] = Misconfigured,
        ["EC_INVALID_GLOBAL_CAMPAIGN_ID"] = UnregisteredSender,
        ["EC_ACC_HAS_NO_ADRESS_FOR_DESR"] = InvalidSender,
        ["EC_INTERACTION_NOT_SUPPORTED"] = NoRoute,
        ["EC_ACC_NOT_2_WAY"] = Misconfigured,
        ["EC_CONTENT_BLOCKED"] = BlockedByRecipient, // By its description: the person sent STOP.
        ["EC_BLOCKED_BY_CAMPAIGN_BLACKLIST"] = Filtered,
        ["EC_REJECTED_SPAM_BY_OPERATOR"] = Filtered,
        ["EC_SIGNALS_BLOCKED"] = FraudBlock,
        ["EC_SIGNALS_HARD_LIMIT_REACHED"] = QuotaReached,
        ["EC_IMSI_BLACKLISTED"] = Filtered,
        ["EC_BLACKLISTED_DESTINATIONADDRESS"] = BlockedByRecipient,
        ["EC_BLACKLISTED_SENDERADDRESS"] = InvalidSender,
        ["EC_DEACTIVATED_LIST"] = UnknownNumber,
        ["EC_INVALID_PDU_FORMAT"] = ContentTooLong,
        ["EC_MONTHLY_LIMIT_REACHED"] = QuotaReached,
        ["EC_MESSAGE_CANCELED"] = Expired, // By its description: not sent on within its validity.
        ["EC_VALIDITY_EXPIRED"] = Expired,
        ["EC_NOTSUBMITTEDTOSMPPCHANNEL"] = CarrierFault,
        ["EC_DESTINATION_FLOODING"] = Filtered,
        ["EC_DESTINATION_TXT_FLOODING"] = Filtered,
        ["EC_10DLC_LIMIT_REACHED"] = QuotaReached,

        // Errors of the operator
        ["EC_BEARER_SERVICE_NOT_PROVISIONED"] = Landline,
        ["EC_CUG_REJECT"] = Filtered,
        ["EC_SS_INCOMPATIBILITY"] = Congestion,
        ["EC_NO_RADIO_RESOURCE_AVAILABLE"] = Congestion,
        ["EC_RESOURCE_LIMITATION"] = Congestion,
        ["EC_UNKNOWN_ALPHABET"] = ContentTooLong,
        ["EC_OPERATOR_NOT_FOUND"] = NoRoute,
        ["EC_SOURCE_ADDRESS_IS_BLOCKED"] = InvalidSender,
        ["EC_TF_NUMBER_NOT_VERIFIED"] = UnregisteredSender,
        ["EC_INVALID_RESPONSE_RECEIVED"] = Congestion,
        ["EC_SC_BLOCKED_FOR_END_USER"] = Filtered,
        ["EC_CONTENT_BLOCKED_BY_OPERATOR"] = Filtered,
        ["EC_SC_NOT_PROVISIONED"] = UnregisteredSender,
        ["EC_SC_EXPIRED"] = UnregisteredSender,
        ["EC_SC_BLOCKED"] = InvalidSender,
        ["EC_DESTINATION_BLOCKED_BY_OPERATOR"] = Filtered,
        ["EC_DESTINATION_NOT_SMS_PROVISIONED"] = Landline,
        ["EC_DEST_ADDRESS_SUSPENDED"] = UnknownNumber,
        ["EC_CAMPAIGN_ID_REJECTED"] = UnregisteredSender,
        ["EC_BLOCKED_NEW_SUBSCRIPTIONS_FOR_SC"] = InvalidSender,
        ["EC_ACCOUNT_NOT_PROVISIONED_FOR_CHANNEL"] = NoRoute,
        ["EC_DEST_OVERLOADED"] = Congestion,
        ["EC_MOBILE_OPERATOR_NETWORK_ERROR"] = Congestion,
        ["EC_SMS_REJECTED_BY_MOBILE_OPERATOR"] = Filtered,
        ["EC_UNKNOWN_MOBILE_OPERATOR"] = NoRoute,
        ["EC_FAILED_MESSAGE_DELIVERY"] = Unreachable,
        ["EC_MESSAGE_EXPIRED"] = Expired,
        ["EC_MESSAGE_SUBMITTED_NOT_ACKED"] = Congestion,
        ["EC_TIME_OUT"] = Congestion,
        ["EC_DEST_ADDRESS_BLACKLISTED"] = Filtered,
        ["EC_INVALIDMSCADDRESS"] = Filtered, // By its description: the text is on a block list.
        ["EC_NOTSUBMITTEDTOGMSC"] = CarrierFault,
        ["EC_VP_EXPIRED"] = Expired,
        ["EC_DUPLICATE_MESSAGE"] = Filtered,
    };

    /// <summary>What a name means; null for one that is not known.</summary>
    internal static DeliveryError? Find(string? name) =>
        name is null ? null
        : All.TryGetValue(name, out var error) ? error
        : NetworkFault.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) ? Congestion : null;
}
