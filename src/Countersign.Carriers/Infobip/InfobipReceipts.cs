using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Infobip;

/// <summary>
/// Delivery reports. Infobip does not sign them, so each message's callback address holds an HMAC-SHA256 of its attempt under a key made of the API key: whoever calls
/// it knows that address, and can only speak of that one message.
/// </summary>
sealed class InfobipReceipts(string apiKey, InfobipIds ids)
{
    readonly byte[] _key = HMACSHA256.HashData(Encoding.UTF8.GetBytes(apiKey), "Countersign: addresses of Infobip receipts"u8);

    /// <summary>Where the reports on an attempt go.</summary>
    public string AddressOf(Uri callback, Sid attempt) => $"{callback.AbsoluteUri}?attempt={attempt}&token={Base64Url.EncodeToString(TokenOf(attempt))}";

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest.Length > 0)
        {
            return CallbackOutcome.NotExpected;
        }

        string? ValueOf(string name) => request.Query.FirstOrDefault(field => field.Key == name).Value;
        if (!Sid.TryParse(ValueOf("attempt"), "VL", out var attempt) || !SignatureText.IsBase64Url(ValueOf("token"), TokenOf(attempt)))
        {
            return new CallbackOutcome.Forged("wrong_token");
        }

        var json = VendorJson.Parse(request.Body);
        return json.ValueKind != JsonValueKind.Object
            ? new CallbackOutcome.Malformed("not_json")
            : new CallbackOutcome.Understood([.. json.ListAt("results").Where(result => ids.IsOf(result.TextAt("messageId"), attempt)).Select(result => Read(result, attempt)).OfType<Receipt>()]);
    }

    byte[] TokenOf(Sid attempt) => HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(attempt.ToString()));

    static Receipt? Read(JsonElement result, Sid attempt)
    {
        ReceiptStatus? status = result.TextAt("status.groupName") switch
        {
            "PENDING" => ReceiptStatus.Sent,
            "DELIVERED" when result.TextAt("status.name") == "DELIVERED_TO_OPERATOR" => ReceiptStatus.Sent,
            "DELIVERED" => ReceiptStatus.Delivered,
            // A repetition was refused because Infobip has the message: what became of that, its own report says.
            "REJECTED" when result.TextAt("status.name")?.Contains("DUPLICATE", StringComparison.OrdinalIgnoreCase) == true => null,
            "UNDELIVERABLE" or "EXPIRED" or "REJECTED" => ReceiptStatus.Undelivered,
            _ => null,
        };
        if (status is not { } known)
        {
            return null;
        }

        var code = known != ReceiptStatus.Undelivered ? null
            : result.TextAt("error.name") is { } error and not "NO_ERROR" ? error
            : result.TextAt("status.name");
        var (country, network) = NetworkCode.Split(result.TextAt("mccMnc"));
        return new Receipt
        {
            AttemptSid = attempt,
            CarrierMessageId = result.TextAt("messageId"),
            Status = known,
            Error = known != ReceiptStatus.Undelivered ? null : InfobipErrors.Find(code) ?? InfobipErrors.Find(result.TextAt("status.name")) ?? DeliveryError.Unknown,
            CarrierCode = Refusals.Code(code),
            At = Moments.OfIso(result.TextAt("doneAt")),
            Price = Money.Price(result.TextAt("price.pricePerMessage")) * Parts(result.TextAt("messageCount")),
            Currency = Money.Currency(result.TextAt("price.currency")),
            MobileCountryCode = country,
            MobileNetworkCode = network,
        };
    }

    static int Parts(string? count) => int.TryParse(count, out var parts) ? Math.Clamp(parts, 1, 20) : 1;
}
