using System.Net.Http.Headers;
using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.MessageBird;

/// <summary>Sends through <c>POST /messages</c>.</summary>
public sealed class MessageBirdCarrier : ICarrier, IDisposable
{
    const int TwoDays = 172800;

    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly string _key;
    readonly MessageBirdReceipts? _receipts;

    internal MessageBirdCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        var settings = environment.Settings;
        _environment = environment;
        _address = new Uri($"{settings.Text("base_url").TrimEnd('/')}/messages");
        _key = settings.Text("access_key");
        _receipts = settings.Find("signing_key") is { } key ? new MessageBirdReceipts(key) : null;
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var request = CarrierHttp.Json(_address, json => Write(json, message));
        request.Headers.Authorization = new AuthenticationHeaderValue("AccessKey", _key);
        request.Headers.Accept.ParseAdd("application/json");
        return Read(await _http.SendAsync(request, ct));
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts?.Read(request) ?? CallbackOutcome.NotExpected;

    public void Dispose() => _http.Dispose();

    void Write(Utf8JsonWriter json, OutgoingMessage message)
    {
        json.WriteStartObject();
        json.WriteString("originator", (message.Sender ?? _environment.Settings.Text("originator")).TrimStart('+'));
        json.WriteStartArray("recipients");
        json.WriteStringValue(message.To.Reveal().TrimStart('+'));
        json.WriteEndArray();
        json.WriteString("body", message.Message.Text);
        json.WriteString("datacoding", "auto");
        json.WriteString("reference", message.AttemptSid.ToString());
        json.WriteNumber("validity", Validity.SecondsLeft(message, _environment.Time.GetUtcNow(), 1, TwoDays));
        if (_receipts is not null && _environment.CallbackAddress is { } callback)
        {
            json.WriteString("reportUrl", callback.AbsoluteUri);
        }

        json.WriteEndObject();
    }

    static SendOutcome Read(CarrierAnswer answer)
    {
        var json = VendorJson.Parse(answer.Body);
        if (json.TextAt("errors.0.code") is { } number)
        {
            var code = Refusals.Code($"api:{number}");
            var error = MessageBirdErrors.Find($"{code}:{json.TextAt("errors.0.parameter")}") ?? MessageBirdErrors.Find(code) ?? Refusals.OfUnlisted(answer.Status);
            return new SendOutcome.Refused(error, code);
        }

        if (!answer.IsSuccess || CarrierWords.Id(json.TextAt("id")) is not { } id)
        {
            return Refusals.ByStatus(answer.Status);
        }

        // A message for one number whose status says that it failed was not taken.
        return json.TextAt("recipients.items.0.status") == "delivery_failed" ? new SendOutcome.Refused(DeliveryError.Unknown, "delivery_failed") : new SendOutcome.Accepted(id);
    }
}
