using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Plivo;

/// <summary>Reads Plivo's message status callbacks: a form with <c>MessageUUID</c>, <c>Status</c> and, where it failed, <c>ErrorCode</c>. Each part of a long message has its own.</summary>
sealed class PlivoReceipts(PlivoSignature signature)
{
    /// <summary>What stands behind the carrier's callback address, and before the attempt.</summary>
    public const string Path = "/status/";

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Method != "POST" || !request.Rest.StartsWith(Path, StringComparison.Ordinal) || !Sid.TryParse(request.Rest[Path.Length..], "VL", out var attempt))
        {
            return CallbackOutcome.NotExpected;
        }

        // The attempt is read from what was handed over apart from the signed address.
        var address = request.Url.Split('?')[0];
        if (!address.EndsWith(request.Rest, StringComparison.Ordinal) || !signature.IsValid(request))
        {
            return new CallbackOutcome.Forged(signature.LacksPermission(request) ? "only_signature_v2, and allow_v2 is not set" : "wrong_signature");
        }

        var form = request.Form;
        var id = CarrierWords.Id(form.Find("ParentMessageUUID") ?? form.Find("MessageUUID"));
        if (id is null || form.Find("Status") is not { } status)
        {
            return new CallbackOutcome.Malformed("no_message");
        }

        return new CallbackOutcome.Understood(StatusOf(status) is { } known ? [ReceiptOf(attempt, form, id, status, known)] : []);
    }

    static Receipt ReceiptOf(Sid attempt, IReadOnlyList<KeyValuePair<string, string>> form, string id, string status, ReceiptStatus known)
    {
        var failure = known != ReceiptStatus.Undelivered ? null : Refusals.Code(form.Find("ErrorCode")) is { } code && code.Trim('0').Length > 0 ? code : status;
        var price = decimal.TryParse(form.Find("TotalAmount"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : (decimal?)null;
        return new Receipt
        {
            AttemptSid = attempt,
            CarrierMessageId = id,
            Status = known,
            Error = failure is null ? null : PlivoErrors.All.GetValueOrDefault(failure, DeliveryError.Unknown),
            CarrierCode = failure,
            Price = price,
            Currency = price is null ? null : "usd",
            MobileCountryCode = Digits(form.Find("MCC")),
            MobileNetworkCode = Digits(form.Find("MNC")),
        };
    }

    static ReceiptStatus? StatusOf(string status) => status switch
    {
        "queued" or "sent" => ReceiptStatus.Sent,
        "delivered" => ReceiptStatus.Delivered,
        "read" => ReceiptStatus.Read,
        "failed" or "undelivered" or "rejected" => ReceiptStatus.Undelivered,
        _ => null,
    };

    static string? Digits(string? text) => text is { Length: 2 or 3 } && text.All(char.IsAsciiDigit) ? text : null;
}
