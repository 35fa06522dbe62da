using System.Net.Http.Headers;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Infobip;

/// <summary>Sends through <c>POST /sms/3/messages</c>. The attempt is the message's id, so a message that is sent again after a crash is refused as a repetition, where Infobip looks for those.</summary>
public sealed class InfobipCarrier : ICarrier, IDisposable
{
    const int TwoDays = 48 * 60; // The longest validity that Infobip knows, in minutes.

    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly string _key;
    readonly InfobipIds _ids;
    readonly InfobipReceipts _receipts;

    internal InfobipCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        _environment = environment;
        _address = new Uri($"{environment.Settings.Text("base_url").TrimEnd('/')}/sms/3/messages");
        _key = environment.Settings.Text("api_key");
        _ids = new InfobipIds(environment.Time);
        _receipts = new InfobipReceipts(_key, _ids);
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var id = _ids.Next(message.AttemptSid);
        var request = CarrierHttp.Json(_address, json => Write(json, message, id));
        request.Headers.Authorization = new AuthenticationHeaderValue("App", _key);
        request.Headers.Accept.ParseAdd("application/json");
        return Read(await _http.SendAsync(request, ct), message.AttemptSid, id);
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts.Read(request);

    public void Dispose() => _http.Dispose();

    void Write(Utf8JsonWriter json, OutgoingMessage message, string id)
    {
        json.WriteStartObject();
        json.WriteStartArray("messages");
        json.WriteStartObject();
        if (message.Sender is { } sender)
        {
            json.WriteString("sender", sender.TrimStart('+'));
        }

        json.WriteStartArray("destinations");
        json.WriteStartObject();
        json.WriteString("to", message.To.Reveal().TrimStart('+'));
        json.WriteString("messageId", id);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("content");
        json.WriteString("text", message.Message.Text);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteStartObject("validityPeriod");
        json.WriteNumber("amount", Math.Max(1, Validity.SecondsLeft(message, _environment.Time.GetUtcNow(), 60, TwoDays * 60) / 60));
        json.WriteString("timeUnit", "MINUTES");
        json.WriteEndObject();
        json.WriteEndObject();
        if (_environment.CallbackAddress is { } callback)
        {
            json.WriteStartObject("webhooks");
            json.WriteStartObject("delivery");
            json.WriteString("url", _receipts.AddressOf(callback, message.AttemptSid));
            json.WriteEndObject();
            json.WriteString("contentType", "application/json");
            json.WriteString("callbackData", message.AttemptSid.ToString());
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    SendOutcome Read(CarrierAnswer answer, Sid attempt, string sent)
    {
        var json = VendorJson.Parse(answer.Body);
        if (!answer.IsSuccess)
        {
            var code = json.TextAt("errorCode") ?? json.TextAt("requestError.serviceException.messageId");
            return code is null
                ? Refusals.ByStatus(answer.Status)
                : new SendOutcome.Refused(InfobipErrors.Find(code) ?? Refusals.OfUnlisted(answer.Status), Refusals.Code(code));
        }

        var name = json.TextAt("messages.0.status.name");
        return json.TextAt("messages.0.status.groupName") switch
        {
            "PENDING" or "DELIVERED" or "OK" => new SendOutcome.Accepted(CarrierWords.Id(json.TextAt("messages.0.messageId")) ?? sent),
            _ when name == "REJECTED_DUPLICATE_MESSAGE_ID" => new SendOutcome.Accepted(sent),
            "UNDELIVERABLE" or "EXPIRED" or "REJECTED" => Refused(name),
            _ => Refusals.ByStatus(answer.Status),
        };

        SendOutcome.Refused Refused(string? name)
        {
            _ids.Refused(attempt);
            return new SendOutcome.Refused(InfobipErrors.Find(name) ?? Refusals.OfUnlisted(answer.Status), Refusals.Code(name));
        }
    }
}
