using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Carriers;

/// <summary>What refusals of all HTTP carriers have in common.</summary>
static class Refusals
{
    const int MaxCode = 64, LongestDigits = 7;

    /// <summary>A refusal by the HTTP status alone, for an answer whose body says nothing that is understood.</summary>
    public static SendOutcome.Refused ByStatus(int status) => new(OfStatus(status), $"http_{status}");

    /// <summary>What the HTTP status says by itself. A 2xx or 400 that could not be read is a malformed answer.</summary>
    public static DeliveryError OfStatus(int status) => status switch
    {
        401 or 403 => DeliveryError.Authentication,
        402 => DeliveryError.InsufficientFunds,
        404 or 405 or (>= 300 and < 400) => DeliveryError.Misconfigured,
        408 or 502 or 504 => DeliveryError.Timeout, // A gateway that got no answer, or none that it understood: what is behind it may have the message.
        413 => DeliveryError.ContentTooLong,
        429 => DeliveryError.Throttled,
        >= 500 => DeliveryError.CarrierFault,
        _ => DeliveryError.MalformedAnswer,
    };

    /// <summary>What a code that the carrier's documents do not list means: the status where it says something, else unknown.</summary>
    public static DeliveryError OfUnlisted(int status) => OfStatus(status) is var error && error == DeliveryError.MalformedAnswer ? DeliveryError.Unknown : error;

    /// <summary>
    /// A carrier's error code as it may be kept: at most 64 letters, digits and <c>. _ : -</c>. Null for anything else, such as a sentence, and for what holds eight
    /// digits in a row, which may be the number.
    /// </summary>
    public static string? Code(string? code)
    {
        if (code is null || code.Length is 0 or > MaxCode)
        {
            return null;
        }

        var digits = 0;
        foreach (var c in code)
        {
            digits = char.IsAsciiDigit(c) ? digits + 1 : 0;
            if (digits > LongestDigits || !(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-'))
            {
                return null;
            }
        }

        return code;
    }
}
