using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Vonage;

/// <summary>
/// Reads Vonage's delivery receipts: a GET with a query, a POST of a form or a POST of JSON, as the account is set, signed by a <c>sig</c> parameter or by a JWT.
/// Each part of a long message has receipts of its own.
/// </summary>
sealed class VonageReceipts(string secret, string apiKey, VonageSignature signature)
{
    /// <summary>What stands behind the carrier's callback address.</summary>
    public const string Path = "/receipt";

    public CallbackOutcome Read(CallbackRequest request)
    {
        var fields = request.Method == "GET" ? request.Query
            : request.Header("Content-Type")?.Contains("json", StringComparison.OrdinalIgnoreCase) == true ? CallbackJson.Fields(request.Body)
            : request.Form;
        if (ProblemOf(request, fields) is { } problem)
        {
            return new CallbackOutcome.Forged(problem);
        }

        var id = CarrierWords.Id(fields.Find("messageId") ?? fields.Find("message-id"));
        if (id is null || fields.Find("status") is not { } status)
        {
            return new CallbackOutcome.Malformed("no_message");
        }

        var code = Refusals.Code(fields.Find("err-code"));
        return new CallbackOutcome.Understood(StatusOf(status, code) is { } known ? [ReceiptOf(fields, id, status, code, known)] : []);
    }

    string? ProblemOf(CallbackRequest request, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        // A token covers the body alone, so it vouches for no GET.
        if (request.Method == "POST" && request.Header("Authorization") is { } authorization)
        {
            return VonageToken.ProblemOf(authorization, secret, apiKey, request.Body.Span, request.Now);
        }

        return !signature.IsValid(fields) ? "wrong_signature"
            : !Moments.IsNear(fields.Find("timestamp"), request.Now, VonageToken.Tolerance) ? "wrong_time" : null;
    }

    static Receipt ReceiptOf(IReadOnlyList<KeyValuePair<string, string>> fields, string id, string status, string? code, ReceiptStatus known)
    {
        var failure = known != ReceiptStatus.Undelivered ? null : code is null or "0" ? status : VonageErrors.Receipt + code;
        var price = decimal.TryParse(fields.Find("price"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : (decimal?)null;
        var network = fields.Find("network-code") is { Length: 5 or 6 } digits && digits.All(char.IsAsciiDigit) ? digits : null;
        return new Receipt
        {
            AttemptSid = Sid.TryParse(fields.Find("client-ref"), "VL", out var attempt) ? attempt : null,
            CarrierMessageId = id,
            Status = known,
            Error = failure is null ? null : status == "expired" ? DeliveryError.Expired : VonageErrors.All.GetValueOrDefault(failure, DeliveryError.Unknown),
            CarrierCode = failure,
            At = DateTimeOffset.TryParseExact(
                fields.Find("message-timestamp"), "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
            Price = price,
            // Vonage charges in euro, and says no currency.
            Currency = price is null ? null : "eur",
            MobileCountryCode = network?[..3],
            MobileNetworkCode = network?[3..],
        };
    }

    static ReceiptStatus? StatusOf(string status, string? code) => status switch
    {
        "delivered" => ReceiptStatus.Delivered,
        "accepted" or "buffered" or "submitted" => ReceiptStatus.Sent,
        "expired" or "failed" or "rejected" or "deleted" => ReceiptStatus.Undelivered,
        "unknown" => code is null or "0" ? ReceiptStatus.Sent : ReceiptStatus.Undelivered,
        _ => null,
    };
}
