using Countersign.Core.Delivery.Errors;
using static Countersign.Core.Delivery.Errors.DeliveryError;

namespace Countersign.Carriers.Sns;

/// <summary>
/// AWS's codes: errors of SNS and of End User Messaging, the reasons that refine the latter, and the event types of messages that did not arrive ("Event types for
/// SMS, MMS, and voice").
/// </summary>
public static class SnsErrors
{
    /// <summary>What each code means.</summary>
    public static IReadOnlyDictionary<string, DeliveryError> All { get; } = new Dictionary<string, DeliveryError>
    {
        // Common errors
        ["AccessDenied"] = Authentication,
        ["AccessDeniedException"] = Authentication,
        ["AuthorizationError"] = Authentication,
        ["ExpiredToken"] = Authentication,
        ["ExpiredTokenException"] = Authentication,
        ["IncompleteSignature"] = Authentication,
        ["InvalidClientTokenId"] = Authentication,
        ["InvalidSecurity"] = Authentication,
        ["InvalidSignatureException"] = Authentication,
        ["MissingAuthenticationToken"] = Authentication,
        ["MissingAuthenticationTokenException"] = Authentication,
        ["NotAuthorized"] = Authentication,
        ["OptInRequired"] = Authentication,
        ["RequestExpired"] = Authentication,
        ["SignatureDoesNotMatch"] = Authentication,
        ["UnrecognizedClientException"] = Authentication,
        ["InternalError"] = CarrierFault,
        ["InternalFailure"] = CarrierFault,
        ["InternalServerException"] = CarrierFault,
        ["ServiceUnavailable"] = CarrierFault,
        ["ServiceUnavailableException"] = CarrierFault,
        ["Throttled"] = Throttled,
        ["Throttling"] = Throttled,
        ["ThrottlingException"] = Throttled,
        ["ThrottledException"] = Throttled,
        ["TooManyRequestsException"] = Throttled,
        ["RequestLimitExceeded"] = Throttled,
        ["InvalidAction"] = Misconfigured,
        ["UnknownOperationException"] = Misconfigured,
        ["MalformedQueryString"] = Misconfigured,
        ["MissingAction"] = Misconfigured,
        ["MissingParameter"] = Misconfigured,
        ["SerializationException"] = Misconfigured,
        ["ValidationError"] = Misconfigured,
        ["ValidationException"] = Misconfigured,
        ["ResourceNotFoundException"] = InvalidSender,
        ["ConflictException"] = Misconfigured,
        ["ServiceQuotaExceededException"] = QuotaReached,

        // SNS
        ["InvalidParameter"] = Misconfigured,
        ["InvalidParameter:PhoneNumber"] = InvalidNumber,
        ["InvalidParameterValue"] = Misconfigured,
        ["ParameterValueInvalid"] = Misconfigured,
        ["OptedOut"] = BlockedByRecipient,
        ["UserError"] = Misconfigured,
        ["NotFound"] = Misconfigured,

        // Reasons of End User Messaging
        ["ACCOUNT_DISABLED"] = AccountSuspended,
        ["INSUFFICIENT_ACCOUNT_REPUTATION"] = AccountSuspended,
        ["DESTINATION_PHONE_NUMBER_OPTED_OUT"] = BlockedByRecipient,
        ["DESTINATION_PHONE_NUMBER_NOT_VERIFIED"] = Misconfigured, // The account is still in the sandbox.
        ["PHONE_NUMBER_CANNOT_BE_OPTED_IN"] = BlockedByRecipient,
        ["DESTINATION_COUNTRY_BLOCKED"] = CountryNotEnabled,
        ["DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"] = CountryNotEnabled,
        ["DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"] = FraudBlock,
        ["COUNTRY_NOT_ENABLED"] = CountryNotEnabled,
        ["CHANNEL_NOT_ENABLED"] = Misconfigured,
        ["INTERNATIONAL_SENDING_NOT_SUPPORTED"] = InvalidSender,
        ["COUNTRY_CODE_MISMATCH"] = InvalidSender,
        ["NO_ORIGINATION_IDENTITIES_FOUND"] = InvalidSender,
        ["PHONE_NUMBER_NOT_IN_REGISTRATION_REGION"] = UnregisteredSender,
        ["SENDER_ID_NOT_REGISTERED"] = UnregisteredSender,
        ["SENDER_ID_NOT_SUPPORTED"] = InvalidSender,
        ["NUMBER_CAPABILITIES_MISMATCH"] = InvalidSender,
        ["MESSAGE_TYPE_MISMATCH"] = InvalidSender,
        ["CANNOT_PARSE"] = Misconfigured,
        ["FIELD_VALIDATION_FAILED"] = Misconfigured,
        ["INVALID_ARN"] = InvalidSender,
        ["INVALID_REQUEST"] = Misconfigured,
        ["MISSING_PARAMETER"] = Misconfigured,
        ["PARAMETERS_CANNOT_BE_USED_TOGETHER"] = Misconfigured,
        ["MAXIMUM_SIZE_EXCEEDED"] = ContentTooLong,
        ["RESOURCE_NOT_ACCESSIBLE"] = InvalidSender,
        ["INVALID_PARAMETER"] = Misconfigured,
        ["INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"] = InvalidSender,
        ["PRICE_OVER_THRESHOLD"] = PriceTooHigh,
        ["RESOURCE_NOT_ACTIVE"] = InvalidSender,
        ["MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"] = QuotaReached,
        ["MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA"] = QuotaReached,
        ["MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE"] = QuotaReached,

        // Events
        ["TEXT_INVALID"] = InvalidNumber,
        ["TEXT_INVALID_MESSAGE"] = ContentTooLong,
        ["TEXT_UNREACHABLE"] = Unreachable,
        ["TEXT_CARRIER_UNREACHABLE"] = Congestion,
        ["TEXT_BLOCKED"] = Filtered,
        ["TEXT_CARRIER_BLOCKED"] = Filtered,
        ["TEXT_SPAM"] = Filtered,
        ["TEXT_UNKNOWN"] = Unknown,
        ["TEXT_TTL_EXPIRED"] = Expired,
        ["TEXT_PROTECT_BLOCKED"] = FraudBlock,
    };

    /// <summary>What a code means; null for one that is not known.</summary>
    internal static DeliveryError? Find(string? code) => code is not null && All.TryGetValue(code, out var error) ? error : null;
}
