using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Microsoft.Extensions.Logging;

namespace Countersign.Carriers.Sns;

/// <summary>
/// Events of End User Messaging that an SNS topic brings by HTTPS. SNS signs its notifications ("Verifying the signatures of Amazon SNS messages") with a certificate
/// that each of them names by URL; as nothing calls an address that the operator did not name, the certificate is a setting. It is the same for all of AWS's customers, so the
/// topic must be ours as well.
/// </summary>
sealed partial class SnsReceipts(string topic, RSA key, ILogger logger)
{
    readonly Lock _verifying = new();

    static readonly TimeSpan Oldest = TimeSpan.FromDays(1), Ahead = TimeSpan.FromMinutes(5);
    static readonly string[] OfNotification = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
    static readonly string[] OfConfirmation = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest.Length > 0)
        {
            return CallbackOutcome.NotExpected;
        }

        var json = VendorJson.Parse(request.Body);
        var type = json.TextAt("Type");
        if (!IsSigned(json, type == "Notification" ? OfNotification : OfConfirmation))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        if (json.TextAt("TopicArn") != topic)
        {
            return new CallbackOutcome.Forged("wrong_topic");
        }

        if (Moments.OfIso(json.TextAt("Timestamp")) is not { } moment || request.Now - moment > Oldest || moment - request.Now > Ahead)
        {
            return new CallbackOutcome.Forged("too_old");
        }

        if (type != "Notification")
        {
            if (type == "SubscriptionConfirmation")
            {
                LogConfirm(logger, topic, json.TextAt("SubscribeURL"));
            }

            return new CallbackOutcome.Understood([]);
        }

        var report = VendorJson.Parse(Encoding.UTF8.GetBytes(json.TextAt("Message") ?? ""));
        return report.ValueKind != JsonValueKind.Object ? new CallbackOutcome.Malformed("not_json")
            : Read(report) is { } receipt ? new CallbackOutcome.Understood([receipt])
            : new CallbackOutcome.Understood([]);
    }

    bool IsSigned(JsonElement json, string[] fields)
    {
        var hash = json.TextAt("SignatureVersion") switch
        {
            "1" => HashAlgorithmName.SHA1,
            "2" => HashAlgorithmName.SHA256,
            _ => default,
        };
        var signature = new byte[1024];
        if (hash == default || json.TextAt("Signature") is not { } text || !Convert.TryFromBase64String(text, signature, out var length)
            || Convert.ToBase64String(signature, 0, length) != text) // One signature has one text.
        {
            return false;
        }

        var signed = new StringBuilder();
        foreach (var field in fields)
        {
            if (json.TextAt(field) is { } value)
            {
                signed.Append(field).Append('\n').Append(value).Append('\n');
            }
        }

        try
        {
            lock (_verifying) // RSA does not promise to serve several threads.
            {
                return key.VerifyData(Encoding.UTF8.GetBytes(signed.ToString()), signature.AsSpan(0, length), hash, RSASignaturePadding.Pkcs1);
            }
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    static Receipt? Read(JsonElement report)
    {
        var type = report.TextAt("eventType");
        ReceiptStatus? status = type switch
        {
            "TEXT_DELIVERED" => ReceiptStatus.Delivered,
            "TEXT_SUCCESSFUL" => report.ScalarAt("isFinal") == "true" ? ReceiptStatus.Delivered : ReceiptStatus.Sent, // Where the network reports no more than that it took it.
            "TEXT_QUEUED" or "TEXT_PENDING" or "TEXT_SENT" => ReceiptStatus.Sent,
            _ => SnsErrors.Find(type) is not null && type!.StartsWith("TEXT_", StringComparison.Ordinal) ? ReceiptStatus.Undelivered : null,
        };
        var id = CarrierWords.Id(report.TextAt("messageId"));
        var attempt = Sid.TryParse(report.TextAt("context.attempt"), "VL", out var sid) ? sid : (Sid?)null;
        if (status is not { } known || (id is null && attempt is null))
        {
            return null;
        }

        var price = Money.Price(report.TextAt("totalMessagePrice")) is { } message ? message + (Money.Price(report.TextAt("totalCarrierFee")) ?? 0) : (decimal?)null;
        return new Receipt
        {
            AttemptSid = attempt,
            CarrierMessageId = id,
            Status = known,
            Error = known == ReceiptStatus.Undelivered ? SnsErrors.Find(type) ?? DeliveryError.Unknown : null,
            CarrierCode = known == ReceiptStatus.Undelivered ? Refusals.Code(type) : null,
            At = Moments.OfUnixMilliseconds(report.TextAt("eventTimestamp")),
            Price = price,
            Currency = price is null ? null : "usd",
            MobileCountryCode = NetworkCode.Part(report.TextAt("mcc")),
            MobileNetworkCode = NetworkCode.Part(report.TextAt("mnc")),
        };
    }

    [LoggerMessage(1491, LogLevel.Warning, "The SNS topic {Topic} asks whether its notifications are wanted here. To confirm, open {SubscribeUrl}; Countersign does not do it by itself")]
    static partial void LogConfirm(ILogger logger, string topic, string? subscribeUrl);
}
