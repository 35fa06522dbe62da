using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.AndroidGateway;

/// <summary>Webhooks of the phone: <c>X-Signature</c> is the HMAC-SHA256, in hex, of the body followed by what stands in <c>X-Timestamp</c> (Unix seconds).</summary>
sealed class AndroidGatewayReceipts(string signingKey)
{
    // A phone that was out of reach sends its webhooks again for up to two days, each time with a new timestamp; a repeated receipt changes nothing.
    static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest.Length > 0)
        {
            return CallbackOutcome.NotExpected;
        }

        var timestamp = request.Header("X-Timestamp");
        if (Moments.OfUnixSeconds(timestamp) is not { } signedAt)
        {
            return new CallbackOutcome.Forged("no_timestamp");
        }

        byte[] signed = [.. request.Body.Span, .. Encoding.ASCII.GetBytes(timestamp!)];
        if (!SignatureText.Same(request.Header("X-Signature"), Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(signingKey), signed))))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        if ((request.Now - signedAt).Duration() > Tolerance)
        {
            return new CallbackOutcome.Forged("too_old");
        }

        var json = VendorJson.Parse(request.Body);
        return json.ValueKind != JsonValueKind.Object ? new CallbackOutcome.Malformed("not_json")
            : Read(json) is { } receipt ? new CallbackOutcome.Understood([receipt])
            : new CallbackOutcome.Understood([]);
    }

    static Receipt? Read(JsonElement json)
    {
        (ReceiptStatus Status, string Time)? found = json.TextAt("event") switch
        {
            "sms:sent" => (ReceiptStatus.Sent, "payload.sentAt"),
            "sms:delivered" => (ReceiptStatus.Delivered, "payload.deliveredAt"),
            "sms:failed" => (ReceiptStatus.Undelivered, "payload.failedAt"),
            _ => null,
        };
        if (found is not var (status, time) || CarrierWords.Id(json.TextAt("payload.messageId")) is not { } id)
        {
            return null;
        }

        var code = status == ReceiptStatus.Undelivered ? AndroidGatewayErrors.CodeIn(json.TextAt("payload.reason")) : null;
        return new Receipt
        {
            AttemptSid = Sid.TryParse(id, "VL", out var attempt) ? attempt : null,
            CarrierMessageId = id,
            Status = status,
            Error = status != ReceiptStatus.Undelivered ? null : code is null ? DeliveryError.Unknown : AndroidGatewayErrors.All[code],
            CarrierCode = code,
            At = Moments.OfIso(json.TextAt(time)),
        };
    }
}
