using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.AndroidGateway;

/// <summary>
/// Queues messages on a phone. The attempt is the message's id: the gateway takes an id once, so a message that is sent again after a crash is refused as a conflict,
/// which means that it has it.
/// </summary>
public sealed class AndroidGatewayCarrier : ICarrier, IDisposable
{
    const int Day = 86400, Least = 5;

    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly AndroidGatewayReceipts? _receipts;

    internal AndroidGatewayCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        var settings = environment.Settings;
        _environment = environment;
        _address = new Uri(settings.Text("base_url").TrimEnd('/') + (settings.Text("mode") == "local" ? "/message" : "/3rdparty/v1/messages"));
        _receipts = settings.Find("signing_key") is { } key ? new AndroidGatewayReceipts(key) : null;
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var request = CarrierHttp.Json(_address, json => Write(json, message));
        request.Headers.Authorization = CarrierHttp.Basic(_environment.Settings.Text("user"), _environment.Settings.Text("password"));
        return Read(await _http.SendAsync(request, ct), message.AttemptSid);
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts?.Read(request) ?? CallbackOutcome.NotExpected;

    public void Dispose() => _http.Dispose();

    void Write(Utf8JsonWriter json, OutgoingMessage message)
    {
        json.WriteStartObject();
        json.WriteString("id", message.AttemptSid.ToString());
        json.WriteStartObject("textMessage");
        json.WriteString("text", message.Message.Text);
        json.WriteEndObject();
        json.WriteStartArray("phoneNumbers");
        json.WriteStringValue(message.To.Reveal());
        json.WriteEndArray();
        json.WriteNumber("ttl", Validity.SecondsLeft(message, _environment.Time.GetUtcNow(), Least, Day));
        json.WriteBoolean("withDeliveryReport", true);
        json.WriteNumber("priority", 100); // From 100 on, the phone's own pauses between messages do not apply.
        if (_environment.Settings.Find("sim") is not null)
        {
            json.WriteNumber("simNumber", _environment.Settings.Number("sim"));
        }

        if (_environment.Settings.Find("device") is { } device)
        {
            json.WriteString("deviceId", device);
        }

        json.WriteEndObject();
    }

    static SendOutcome Read(CarrierAnswer answer, Sid attempt)
    {
        if (answer.Status == 409)
        {
            return new SendOutcome.Accepted(attempt.ToString());
        }

        var json = VendorJson.Parse(answer.Body);
        if (answer.IsSuccess && CarrierWords.Id(json.TextAt("id")) is { } id)
        {
            return new SendOutcome.Accepted(id);
        }

        // Errors are sentences: only that there is one tells a refusal from an answer that makes no sense.
        return !answer.IsSuccess && json.TextAt("message") is not null
            ? new SendOutcome.Refused(Refusals.OfUnlisted(answer.Status), $"http_{answer.Status}")
            : Refusals.ByStatus(answer.Status);
    }
}
