using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>Reads what Twilio calls us with: a key that was pressed (<c>/voice</c>), who answered (<c>/answered</c>), and what became of a call (<c>/status</c>).</summary>
sealed class TwilioVoiceCallbacks(string authToken, Sid account, Sealer sealer, VoiceTwiml twiml)
{
    public const string TokenParameter = "t";
    public const string AttemptParameter = "attempt";

    /// <summary>Says that the code is read out only after a key was pressed.</summary>
    public const string GateParameter = "gate";

    /// <summary>Says that the words are fetched once it is known who answered.</summary>
    public const string ListenParameter = "listen";

    public CallbackOutcome Read(CallbackRequest request)
    {
        if (request.Rest is not ("/voice" or "/answered" or "/status") || request.Method != "POST")
        {
            return CallbackOutcome.NotExpected;
        }

        if (!TwilioSignature.IsValid(authToken, request))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        return request.Rest switch
        {
            "/voice" => ReadKey(request),
            "/answered" => ReadAnswered(request),
            _ => ReadStatus(request),
        };
    }

    CallbackOutcome ReadKey(CallbackRequest request)
    {
        if (GateToken.Open(sealer, GateToken.Awaited.Key, account, request.Query.Find(TokenParameter)) is not { } token)
        {
            return new CallbackOutcome.Malformed("no_token");
        }

        return request.Now >= token.ExpiresAt ? Reply([Undelivered(request, token, "expired")], twiml.Refuse(token.Script))
            : request.Form.Find("Digits") is null ? Reply([], twiml.Refuse(token.Script))
            : Reply([Delivered(request, token)], twiml.ReadAfterKey(token.Script));
    }

    CallbackOutcome ReadAnswered(CallbackRequest request)
    {
        if (GateToken.Open(sealer, GateToken.Awaited.Person, account, request.Query.Find(TokenParameter)) is not { } token)
        {
            return new CallbackOutcome.Malformed("no_token");
        }

        return MachineIn(request.Form) is { } machine ? Reply([Undelivered(request, token, machine)], VoiceTwiml.HangUp())
            : request.Now >= token.ExpiresAt ? Reply([Undelivered(request, token, "expired")], twiml.Refuse(token.Script))
            : Reply([Delivered(request, token)], twiml.ReadToPerson(token.Script));
    }

    static Receipt Delivered(CallbackRequest request, GateToken.Opened token) =>
        new() { AttemptSid = token.AttemptSid, CarrierMessageId = CarrierWords.Id(request.Form.Find("CallSid")), Status = ReceiptStatus.Delivered };

    static Receipt Undelivered(CallbackRequest request, GateToken.Opened token, string code) => Delivered(request, token) with
    {
        Status = ReceiptStatus.Undelivered,
        Error = TwilioVoiceErrors.All.GetValueOrDefault(code, DeliveryError.NoAnswer),
        CarrierCode = Refusals.Code(code),
    };

    // What is no person by Twilio's word. Where Twilio does not know ("unknown"), it is taken for one.
    static string? MachineIn(IReadOnlyList<KeyValuePair<string, string>> form) =>
        form.Find("AnsweredBy") is { } by && (by == "fax" || by.StartsWith("machine", StringComparison.Ordinal)) ? by : null;

    static CallbackOutcome.Understood Reply(IReadOnlyList<Receipt> receipts, string document) => new(receipts, new CallbackReply("text/xml", document));

    static CallbackOutcome ReadStatus(CallbackRequest request)
    {
        var form = request.Form;
        var query = request.Query;
        if (CarrierWords.Id(form.Find("CallSid")) is not { } id || form.Find("CallStatus") is not { } status)
        {
            return new CallbackOutcome.Malformed("no_call");
        }

        var failure = FailureOf(status, form, query.Find(GateParameter) is not null ? "no_key" : query.Find(ListenParameter) is not null ? "not_read" : null);
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
    static string? FailureOf(string status, IReadOnlyList<KeyValuePair<string, string>> form, string? unlessRead) => status switch
    {
        "busy" or "no-answer" or "canceled" => status,
        "failed" => Refusals.Code(form.Find("ErrorCode")) ?? SipOf(form.Find("SipResponseCode")) ?? status,
        "completed" when MachineIn(form) is { } machine => Refusals.Code(machine),
        // Where a key was pressed, or a person answered, we have said that the code is read out, and that word outweighs this one.
        "completed" => unlessRead,
        _ => null,
    };

    static string? SipOf(string? code) => code is { Length: 3 } && code.All(char.IsAsciiDigit) ? $"sip_{code}" : null;
}
