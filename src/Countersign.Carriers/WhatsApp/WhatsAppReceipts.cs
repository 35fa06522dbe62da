using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.WhatsApp;

/// <summary>
/// Meta's webhooks: the address is checked once by a GET with our verify token, then statuses come by POST, signed in <c>X-Hub-Signature-256</c> by an HMAC-SHA256
/// of the body under the app's secret.
/// </summary>
sealed class WhatsAppReceipts(string? appSecret, string? verifyToken)
{
    /// <summary>Characters of an id.</summary>
    public const int MaxId = 256;

    const int MaxChallenge = 256;
    const string Prefix = "sha256=";

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest.Length > 0)
        {
            return CallbackOutcome.NotExpected;
        }

        return request.Method == "GET" ? Verify(request) : Statuses(request);
    }

    CallbackOutcome Verify(CallbackRequest request)
    {
        if (verifyToken is null)
        {
            return CallbackOutcome.NotExpected;
        }

        string? ValueOf(string name) => request.Query.FirstOrDefault(field => field.Key == name).Value;
        if (!SignatureText.Same(ValueOf("hub.verify_token"), verifyToken))
        {
            return new CallbackOutcome.Forged("wrong_verify_token");
        }

        return ValueOf("hub.mode") == "subscribe" && ValueOf("hub.challenge") is { Length: > 0 and <= MaxChallenge } challenge && challenge.All(c => c is > ' ' and <= '~' and not '<')
            ? new CallbackOutcome.Understood([], new CallbackReply("text/plain", challenge))
            : new CallbackOutcome.Malformed("no_challenge");
    }

    CallbackOutcome Statuses(CallbackRequest request)
    {
        if (appSecret is null)
        {
            return CallbackOutcome.NotExpected;
        }

        var expected = Prefix + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(appSecret), request.Body.Span));
        if (!SignatureText.Same(request.Header("X-Hub-Signature-256"), expected))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        var json = VendorJson.Parse(request.Body);
        if (json.ValueKind != JsonValueKind.Object)
        {
            return new CallbackOutcome.Malformed("not_json");
        }

        return new CallbackOutcome.Understood([.. json.ListAt("entry")
            .SelectMany(entry => entry.ListAt("changes"))
            .SelectMany(change => change.ListAt("value.statuses"))
            .Select(Read).OfType<Receipt>()]);
    }

    /// <summary>One status; null for one that tells nothing of a message, such as a new kind.</summary>
    static Receipt? Read(JsonElement item)
    {
        ReceiptStatus? status = item.TextAt("status") switch
        {
            "sent" => ReceiptStatus.Sent,
            "delivered" => ReceiptStatus.Delivered,
            "read" => ReceiptStatus.Read,
            "failed" => ReceiptStatus.Undelivered,
            _ => null,
        };
        var attempt = Sid.TryParse(item.TextAt("biz_opaque_callback_data"), "VL", out var sid) ? sid : (Sid?)null;
        var id = CarrierWords.Id(item.TextAt("id"), MaxId);
        if (status is not { } known || (attempt is null && id is null))
        {
            return null;
        }

        var code = known == ReceiptStatus.Undelivered ? item.TextAt("errors.0.code") : null;
        return new Receipt
        {
            AttemptSid = attempt,
            CarrierMessageId = id,
            Status = known,
            Error = known == ReceiptStatus.Undelivered ? WhatsAppErrors.Find(code) ?? DeliveryError.Unknown : null,
            CarrierCode = Refusals.Code(code),
            At = Moments.OfUnixSeconds(item.TextAt("timestamp")),
        };
    }
}
