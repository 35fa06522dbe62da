using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.MessageBird;

/// <summary>Status reports: a GET (or POST) whose query says what happened, signed in <c>MessageBird-Signature-JWT</c>.</summary>
sealed class MessageBirdReceipts(string signingKey)
{
    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest.Length > 0)
        {
            return CallbackOutcome.NotExpected;
        }

        if (SignedRequest.ProblemWith(request, signingKey) is { } problem)
        {
            return new CallbackOutcome.Forged(problem);
        }

        var fields = request.Query;
        string? ValueOf(string name) => fields.FirstOrDefault(field => field.Key == name).Value;
        var id = CarrierWords.Id(ValueOf("id"));
        var attempt = Sid.TryParse(ValueOf("reference"), "VL", out var sid) ? sid : (Sid?)null;
        if (ValueOf("status") is not { } word || (id is null && attempt is null))
        {
            return new CallbackOutcome.Malformed("missing_field");
        }

        ReceiptStatus? status = word switch
        {
            "scheduled" or "sent" or "buffered" => ReceiptStatus.Sent,
            "delivered" => ReceiptStatus.Delivered,
            "expired" or "delivery_failed" => ReceiptStatus.Undelivered,
            _ => null,
        };
        if (status is not { } known)
        {
            return new CallbackOutcome.Understood([]);
        }

        var (error, code) = known == ReceiptStatus.Undelivered ? ErrorOf(ValueOf("statusErrorCode"), ValueOf("statusReason"), word) : (null, null);
        var (country, network) = NetworkCode.Split(ValueOf("mccmnc"));
        return new CallbackOutcome.Understood(
        [
            new Receipt
            {
                AttemptSid = attempt,
                CarrierMessageId = id,
                Status = known,
                Error = error,
                CarrierCode = code,
                At = Moments.OfIso(ValueOf("statusDatetime")?.Replace(' ', '+')), // The plus of the offset, where it was not escaped.
                Price = Money.Price(ValueOf("price[amount]")),
                Currency = Money.Currency(ValueOf("price[currency]")),
                MobileCountryCode = country,
                MobileNetworkCode = network,
            },
        ]);
    }

    static (DeliveryError? Error, string? Code) ErrorOf(string? number, string? reason, string status)
    {
        var byNumber = number is null or "" or "0" ? null : Refusals.Code($"dlr:{number}");
        var byReason = string.IsNullOrEmpty(reason) ? null : Refusals.Code($"reason:{reason.Replace(' ', '_').ToLowerInvariant()}");
        return (MessageBirdErrors.Find(byNumber) ?? MessageBirdErrors.Find(byReason) ?? (status == "expired" ? DeliveryError.Expired : DeliveryError.Unknown), byNumber ?? byReason ?? status);
    }
}
