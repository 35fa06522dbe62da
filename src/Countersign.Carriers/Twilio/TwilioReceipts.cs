using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Twilio;

/// <summary>
/// Reads Twilio's message status callbacks: a form with <c>MessageSid</c>, <c>MessageStatus</c> and, where it failed, <c>ErrorCode</c>. They come in any order, may be
/// repeated, and gain fields without notice.
/// </summary>
static class TwilioReceipts
{
    /// <summary>What stands behind the carrier's callback address.</summary>
    public const string Path = "/status";

    /// <summary>The query parameter that brings our own name for the message back; it is covered by the signature.</summary>
    public const string AttemptParameter = "attempt";

    public static CallbackOutcome Read(string authToken, CallbackRequest request)
    {
        if (request.Rest != Path || request.Method != "POST")
        {
            return CallbackOutcome.NotExpected;
        }

        if (!TwilioSignature.IsValid(authToken, request))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        var form = request.Form;
        var id = CarrierWords.Id(form.Find("MessageSid") ?? form.Find("SmsSid"));
        if (id is null || (form.Find("MessageStatus") ?? form.Find("SmsStatus")) is not { } status)
        {
            return new CallbackOutcome.Malformed("no_message");
        }

        return new CallbackOutcome.Understood(StatusOf(status) is { } known ? [ReceiptOf(request, form, id, status, known)] : []);
    }

    static Receipt ReceiptOf(CallbackRequest request, IReadOnlyList<KeyValuePair<string, string>> form, string id, string status, ReceiptStatus known)
    {
        var failed = known == ReceiptStatus.Undelivered;
        var code = failed ? Refusals.Code(form.Find("ErrorCode")) : null;
        var price = PriceOf(form.Find("Price"));
        return new Receipt
        {
            AttemptSid = Sid.TryParse(request.Query.Find(AttemptParameter), "VL", out var attempt) ? attempt : null,
            CarrierMessageId = id,
            Status = known,
            Error = !failed ? null
                : code is not null && TwilioErrors.All.TryGetValue(code, out var error) ? error
                : status == "canceled" ? DeliveryError.Canceled : DeliveryError.Unknown,
            CarrierCode = code,
            Price = price,
            Currency = price is null ? null : CurrencyOf(form.Find("PriceUnit")),
        };
    }

    static ReceiptStatus? StatusOf(string status) => status switch
    {
        "accepted" or "scheduled" or "queued" or "sending" or "sent" or "partially_delivered" => ReceiptStatus.Sent,
        "delivered" => ReceiptStatus.Delivered,
        "read" => ReceiptStatus.Read,
        "undelivered" or "failed" or "canceled" => ReceiptStatus.Undelivered,
        _ => null,
    };

    // Twilio writes what it takes as a negative amount.
    static decimal? PriceOf(string? text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) ? Math.Abs(price) : null;

    static string? CurrencyOf(string? text) => text is { Length: 3 } && text.All(char.IsAsciiLetter) ? text.ToLowerInvariant() : null;
}
