using System.Globalization;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Twilio;

/// <summary>Sends text messages through Twilio's Messages resource (API 2010-04-01) and reads its status callbacks.</summary>
public sealed class TwilioCarrier : ICarrier, IDisposable
{
    // A code of a day is of no use after ten hours at Twilio either: that is the longest it keeps a message.
    const int LongestValidity = 36_000;

    readonly CarrierHttp _http = new();
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly string _user, _password, _authToken;
    readonly string? _service, _from;

    internal TwilioCarrier(CarrierEnvironment environment)
    {
        var settings = environment.Settings;
        _environment = environment;
        _authToken = settings.Text("auth_token");
        _user = settings.Find("api_key_sid") ?? settings.Text("account_sid");
        _password = settings.Find("api_key_secret") ?? _authToken;
        _service = settings.Find("messaging_service_sid");
        _from = settings.Find("from");
        _address = new Uri($"{settings.Text("base_url").TrimEnd('/')}/2010-04-01/Accounts/{settings.Text("account_sid")}/Messages.json");
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var fields = new List<KeyValuePair<string, string>>
        {
            new("To", message.To.Reveal()),
            new("Body", message.Message.Text),
            new("ValidityPeriod", Validity.SecondsLeft(message, _environment.Time.GetUtcNow(), 1, LongestValidity).ToString(CultureInfo.InvariantCulture)),
        };
        var sender = message.Sender ?? (_service is null ? _from : null);
        if (sender is not null)
        {
            fields.Add(new("From", sender));
        }

        if (_service is not null)
        {
            fields.Add(new("MessagingServiceSid", _service));
        }
        else if (sender is null)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender");
        }

        if (_environment.CallbackAddress is { } callback)
        {
            fields.Add(new("StatusCallback", $"{callback.AbsoluteUri}/status?attempt={message.AttemptSid}"));
        }

        var request = CarrierHttp.Form(_address, fields);
        request.Headers.Authorization = CarrierHttp.Basic(_user, _password);
        return TwilioErrors.Read(await _http.SendAsync(request, ct), "SM");
    }

    public CallbackOutcome Receive(CallbackRequest request)
    {
        if (request.Rest != "/status" || request.Method != "POST")
        {
            return CallbackOutcome.NotExpected;
        }

        var form = request.Form;
        if (!TwilioSignature.IsValid(_authToken, request.Header("X-Twilio-Signature"), request.Url, form, request.Body.Span))
        {
            return new CallbackOutcome.Forged("wrong_signature");
        }

        string? ValueOf(string name) => form.FirstOrDefault(field => field.Key == name).Value;
        if (StatusOf(ValueOf("MessageStatus") ?? ValueOf("SmsStatus")) is not { } status)
        {
            return new CallbackOutcome.Malformed("unknown_status");
        }

        var attempt = request.Query.FirstOrDefault(field => field.Key == "attempt").Value;
        var code = status == ReceiptStatus.Undelivered ? ValueOf("ErrorCode") : null;
        return new CallbackOutcome.Understood(
        [
            new Receipt
            {
                AttemptSid = Sid.TryParse(attempt, "VL", out var sid) ? sid : null,
                CarrierMessageId = ValueOf("MessageSid") ?? ValueOf("SmsSid"),
                Status = status,
                Error = status != ReceiptStatus.Undelivered ? null
                    : ValueOf("MessageStatus") == "canceled" ? DeliveryError.Canceled
                    : TwilioErrors.Find(code) ?? DeliveryError.Unknown,
                CarrierCode = Refusals.Code(code),
            },
        ]);
    }

    public void Dispose() => _http.Dispose();

    static ReceiptStatus? StatusOf(string? status) => status switch
    {
        "accepted" or "scheduled" or "queued" or "sending" or "sent" => ReceiptStatus.Sent,
        "delivered" => ReceiptStatus.Delivered,
        "read" => ReceiptStatus.Read,
        "undelivered" or "failed" or "canceled" => ReceiptStatus.Undelivered,
        _ => null,
    };
}
