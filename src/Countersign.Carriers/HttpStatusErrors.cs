using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers;

/// <summary>What an HTTP status alone says of a failure, where the carrier's body says nothing better (RFC 9110).</summary>
static class HttpStatusErrors
{
    public static DeliveryError Of(int status) => status switch
    {
        401 or 403 or 407 => DeliveryError.Authentication,
        402 => DeliveryError.InsufficientFunds,
        408 or 502 or 504 => DeliveryError.Timeout, // A gateway that got no answer, or none that it understood: what is behind it may have the message.
        413 => DeliveryError.ContentTooLong,
        429 => DeliveryError.Throttled,
        >= 500 => DeliveryError.CarrierFault,
        // A redirect or an unknown path: the address that was set is not the carrier's.
        (>= 300 and < 400) or 404 or 405 or 406 or 410 or 415 => DeliveryError.Misconfigured,
        _ => DeliveryError.Unknown,
    };

    /// <summary>What stands for a carrier's code where it gave none, for example <c>http_503</c>.</summary>
    public static string CodeOf(int status) => $"http_{status}";
}
