using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Telnyx;

/// <summary>Reads Telnyx's <c>message.sent</c> and <c>message.finalized</c>; other events tell nothing.</summary>
sealed class TelnyxReceipts(TelnyxSignature signature)
{
    /// <summary>What stands behind the carrier's callback address.</summary>
    public const string Path = "/status";

    /// <summary>What stands before the attempt.</summary>
    public const string AttemptQuery = "?attempt=";

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (signature.ProblemOf(request) is { } problem)
        {
            return new CallbackOutcome.Forged(problem);
        }

        try
        {
            return Read(CallbackJson.Parse(request.Body).At("data"));
        }
        catch (InvalidOperationException)
        {
            return new CallbackOutcome.Malformed("no_event"); // A name with an escape that stands for half a character.
        }
    }

    static CallbackOutcome Read(JsonElement data)
    {
        if (data.TextAt("event_type") is not { } kind)
        {
            return new CallbackOutcome.Malformed("no_event");
        }

        if (kind is not ("message.sent" or "message.finalized"))
        {
            return new CallbackOutcome.Understood([]);
        }

        var payload = data.At("payload");
        if (CarrierWords.Id(payload.TextAt("id")) is not { } id || payload.TextAt("to.0.status") is not { } status)
        {
            return new CallbackOutcome.Malformed("no_message");
        }

        return new CallbackOutcome.Understood(StatusOf(status) is { } known ? [ReceiptOf(data, payload, id, status, known)] : []);
    }

    static Receipt ReceiptOf(JsonElement data, JsonElement payload, string id, string status, ReceiptStatus known)
    {
        var failure = known != ReceiptStatus.Undelivered ? null : Refusals.Code(payload.TextAt("errors.0.code")) ?? status;
        var currency = payload.TextAt("cost.currency") is { Length: 3 } code && code.All(char.IsAsciiLetter) ? code.ToLowerInvariant() : null;
        return new Receipt
        {
            AttemptSid = AttemptOf(payload.TextAt("webhook_url")),
            CarrierMessageId = id,
            Status = known,
            Error = failure is null ? null : status == "expired" ? DeliveryError.Expired : TelnyxErrors.All.GetValueOrDefault(failure, DeliveryError.Unknown),
            CarrierCode = failure,
            At = DateTimeOffset.TryParse(data.TextAt("occurred_at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
            Price = decimal.TryParse(payload.TextAt("cost.amount"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) ? price : null,
            Currency = currency,
        };
    }

    // The address stands in the signed body, too; the one that was called is not signed.
    static Sid? AttemptOf(string? address)
    {
        var start = address?.LastIndexOf(AttemptQuery, StringComparison.Ordinal) ?? -1;
        return start >= 0 && Sid.TryParse(address![(start + AttemptQuery.Length)..], "VL", out var attempt) ? attempt : null;
    }

    static ReceiptStatus? StatusOf(string status) => status switch
    {
        "queued" or "sending" or "sent" or "delivery_unconfirmed" => ReceiptStatus.Sent,
        "delivered" => ReceiptStatus.Delivered,
        "read" => ReceiptStatus.Read,
        "sending_failed" or "delivery_failed" or "expired" => ReceiptStatus.Undelivered,
        _ => null,
    };
}
