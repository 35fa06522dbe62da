using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Reads what Twilio calls us with: a key that was pressed (<c>/voice</c>), and what became of a call (<c>/status</c>).</summary>
sealed class TwilioVoiceCallbacks(string authToken, Sid account, Sealer sealer, VoiceTwiml twiml)
{
    public const string TokenParameter = "t";
    public const string AttemptParameter = "attempt";

    /// <summary>Says that the code is read out only after a key was pressed.</summary>
    public const string GateParameter = "gate";

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest is not ("/voice" or "/status") || request.Method != "POST")
        {
            return CallbackOutcome.NotExpected;
        }

        if (!TwilioSignature.IsValid(authToken, request))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        return request.Rest == "/voice" ? ReadKey(request) : ReadStatus(request);
    }

    CallbackOutcome ReadKey(CallbackRequest request)
    {
        if (GateToken.Open(sealer, account, request.Query.Find(TokenParameter)) is not { } token)
        {
            return new CallbackOutcome.Malformed("no_token");
        }

        var form = request.Form;
        var receipt = new Receipt { AttemptSid = token.AttemptSid, CarrierMessageId = CarrierWords.Id(form.Find("CallSid")), Status = ReceiptStatus.Delivered };
        if (request.Now >= token.ExpiresAt)
        {
            receipt = receipt with { Status = ReceiptStatus.Undelivered, Error = DeliveryError.Expired, CarrierCode = "expired" };
            return Reply([receipt], twiml.Refuse(token.Script));
        }

        return form.Find("Digits") is null ? Reply([], twiml.Refuse(token.Script)) : Reply([receipt], twiml.ReadAfterKey(token.Script));
    }

    static CallbackOutcome.Understood Reply(IReadOnlyList<Receipt> receipts, string document) => new(receipts, new CallbackReply("text/xml", document));

    static CallbackOutcome ReadStatus(CallbackRequest request)
    {
        var form = request.Form;
        var query = request.Query;
        if (CarrierWords.Id(form.Find("CallSid")) is not { } id || form.Find("CallStatus") is not { } status)
        {
            return new CallbackOutcome.Malformed("no_call");
        }

        var failure = FailureOf(status, form, query.Find(GateParameter) is not null);
        if (failure is null && status is not ("completed" or "queued" or "initiated" or "ringing" or "in-progress"))
        {
            return new CallbackOutcome.Understood([]);
        }

        return new CallbackOutcome.Understood([new Receipt
        {
            AttemptSid = Sid.TryParse(query.Find(AttemptParameter), "VL", out var attempt) ? attempt : null,
            CarrierMessageId = id,
            Status = failure is not null ? ReceiptStatus.Undelivered : status == "completed" ? ReceiptStatus.Delivered : ReceiptStatus.Sent,
            Error = failure is null ? null : TwilioVoiceErrors.All.GetValueOrDefault(failure, DeliveryError.Unknown),
            CarrierCode = failure,
            At = DateTimeOffset.TryParse(form.Find("Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null,
        }]);
    }

    // The code of what went wrong, a key of TwilioVoiceErrors where it is known; null where nothing did.
    static string? FailureOf(string status, IReadOnlyList<KeyValuePair<string, string>> form, bool gated) => status switch
    {
        "busy" or "no-answer" or "canceled" => status,
        "failed" => Refusals.Code(form.Find("ErrorCode")) ?? SipOf(form.Find("SipResponseCode")) ?? status,
        "completed" when form.Find("AnsweredBy") is { } by && (by == "fax" || by.StartsWith("machine", StringComparison.Ordinal)) => Refusals.Code(by),
        // Where a key was pressed, /voice has said that the code was read out, and that word outweighs this one.
        "completed" when gated => "no_key",
        _ => null,
    };

    static string? SipOf(string? code) => code is { Length: 3 } && code.All(char.IsAsciiDigit) ? $"sip_{code}" : null;
}
