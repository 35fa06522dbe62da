using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>
/// Calls through Twilio's Calls resource (API 2010-04-01) and has the code read out, digit by digit and repeated. Where the service asks for a key to be pressed first,
/// the code leaves us only after that.
/// </summary>
public sealed class TwilioVoiceCarrier : ICarrier, IDisposable
{
    readonly CarrierHttp _http = new();
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly string _user, _password, _authToken, _ringSeconds;
    readonly string? _from, _voice;

    internal TwilioVoiceCarrier(CarrierEnvironment environment)
    {
        var settings = environment.Settings;
        _environment = environment;
        _authToken = settings.Text("auth_token");
        _user = settings.Find("api_key_sid") ?? settings.Text("account_sid");
        _password = settings.Find("api_key_secret") ?? _authToken;
        _from = settings.Find("from");
        _voice = settings.Find("voice");
        _ringSeconds = settings.Text("ring_seconds");
        _address = new Uri($"{settings.Text("base_url").TrimEnd('/')}/2010-04-01/Accounts/{settings.Text("account_sid")}/Calls.json");
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        if (message.Voice is not { } script || (message.Sender ?? _from) is not { } from)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, message.Voice is null ? "no_script" : "no_sender");
        }

        var callback = _environment.CallbackAddress?.AbsoluteUri;
        if (message.DtmfInputRequired && callback is null)
        {
            // Without an address of ours nobody can ask for the code after the key; read out ungated it might go to an answering machine.
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_public_url");
        }

        var gate = message.DtmfInputRequired ? $"{callback}/voice?t={GateToken.Seal(_environment.Sealer, message, _environment.Definition.AccountSid)}" : null;
        var fields = new List<KeyValuePair<string, string>>
        {
            new("To", message.To.Reveal()),
            new("From", from),
            new("Twiml", gate is null ? Twiml.ReadOut(script, _voice) : Twiml.Gate(script, _voice, gate)),
            new("Timeout", _ringSeconds),
        };
        if (message.SendDigits is { } digits)
        {
            fields.Add(new("SendDigits", digits));
        }

        if (callback is not null)
        {
            fields.Add(new("StatusCallback", $"{callback}/status?attempt={message.AttemptSid}{(gate is null ? "" : "&gate=1")}"));
        }

        var request = CarrierHttp.Form(_address, fields);
        request.Headers.Authorization = CarrierHttp.Basic(_user, _password);
        return TwilioErrors.Read(await _http.SendAsync(request, ct), "CA");
    }

    public CallbackOutcome Receive(CallbackRequest request)
    {
        if (request.Rest is not ("/status" or "/voice") || request.Method != "POST")
        {
            return CallbackOutcome.NotExpected;
        }

        var form = request.Form;
        if (!TwilioSignature.IsValid(_authToken, request.Header("X-Twilio-Signature"), request.Url, form, request.Body.Span))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        string? ValueOf(string name) => form.FirstOrDefault(field => field.Key == name).Value;
        string? QueryOf(string name) => request.Query.FirstOrDefault(field => field.Key == name).Value;
        return request.Rest == "/voice"
            ? AfterKey(request, QueryOf("t"), ValueOf("Digits"), ValueOf("CallSid"))
            : StatusOf(ValueOf("CallStatus"), QueryOf("attempt"), ValueOf("CallSid"), isGated: QueryOf("gate") == "1");
    }

    public void Dispose() => _http.Dispose();

    CallbackOutcome AfterKey(CallbackRequest request, string? token, string? digits, string? call)
    {
        if (GateToken.Open(_environment.Sealer, token, _environment.Definition.AccountSid) is not { } content || !Sid.TryParse(content.Attempt, "VL", out var attempt))
        {
            return new CallbackOutcome.Malformed("no_token");
        }

        if (string.IsNullOrEmpty(digits) || request.Now.ToUnixTimeSeconds() >= content.ExpiresAt)
        {
            return new CallbackOutcome.Understood([], new CallbackReply("text/xml", Twiml.End()));
        }

        var receipt = new Receipt { AttemptSid = attempt, CarrierMessageId = call, Status = ReceiptStatus.Delivered };
        return new CallbackOutcome.Understood([receipt], new CallbackReply("text/xml", Twiml.AfterKey(content.ToScript(), _voice)));
    }

    /// <summary>The end of a call. One that was gated and answered counts only by its key: without one, an answering machine may have taken it.</summary>
    static CallbackOutcome StatusOf(string? status, string? attempt, string? call, bool isGated)
    {
        (ReceiptStatus Status, DeliveryError? Error)? end = status switch
        {
            "queued" or "initiated" or "ringing" or "in-progress" => (ReceiptStatus.Sent, null),
            "completed" when isGated => (ReceiptStatus.Undelivered, DeliveryError.CallRejected),
            "completed" => (ReceiptStatus.Delivered, null),
            "busy" => (ReceiptStatus.Undelivered, DeliveryError.Busy),
            "no-answer" => (ReceiptStatus.Undelivered, DeliveryError.NoAnswer),
            "canceled" => (ReceiptStatus.Undelivered, DeliveryError.Canceled),
            "failed" => (ReceiptStatus.Undelivered, DeliveryError.Unreachable),
            _ => null,
        };
        return end is not { } known
            ? new CallbackOutcome.Malformed("unknown_status")
            : new CallbackOutcome.Understood(
            [
                new Receipt
                {
                    AttemptSid = Sid.TryParse(attempt, "VL", out var sid) ? sid : null,
                    CarrierMessageId = call,
                    Status = known.Status,
                    Error = known.Error,
                    CarrierCode = known.Status == ReceiptStatus.Undelivered ? Refusals.Code(status) : null,
                },
            ]);
    }
}
