using System.Net.Http.Headers;
using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.WhatsApp;

/// <summary>Sends an authentication template through Meta's Cloud API. The text of the message is the template's own, only the code is ours.</summary>
public sealed class WhatsAppCarrier : ICarrier, IDisposable
{
    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly string _token;
    readonly Templates _templates;
    readonly bool _hasButton;
    readonly WhatsAppReceipts _receipts;

    internal WhatsAppCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        var settings = environment.Settings;
        _environment = environment;
        _address = new Uri($"{settings.Text("base_url").TrimEnd('/')}/{settings.Text("api_version")}/{settings.Text("phone_number_id")}/messages");
        _token = settings.Text("access_token");
        _templates = new Templates(settings.Text("template"), settings.Text("language"), settings.Find("languages"));
        _hasButton = settings.Text("button") == "code";
        _receipts = new WhatsAppReceipts(settings.Find("app_secret"), settings.Find("verify_token"));
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var request = CarrierHttp.Json(_address, json => Write(json, message));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        return Read(await _http.SendAsync(request, ct));
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts.Read(request);

    public void Dispose() => _http.Dispose();

    void Write(Utf8JsonWriter json, OutgoingMessage message)
    {
        var (template, language) = _templates.For(message.Message.Locale);
        var code = message.Code.Reveal();
        json.WriteStartObject();
        json.WriteString("messaging_product", "whatsapp");
        json.WriteString("recipient_type", "individual");
        json.WriteString("to", message.To.Reveal().TrimStart('+'));
        json.WriteString("type", "template");
        json.WriteStartObject("template");
        json.WriteString("name", template);
        json.WriteStartObject("language");
        json.WriteString("code", language);
        json.WriteEndObject();
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "body");
        WriteParameter(json, code);
        json.WriteEndObject();
        if (_hasButton)
        {
            json.WriteStartObject();
            json.WriteString("type", "button");
            json.WriteString("sub_type", "url"); // Copy-code and one-tap buttons are both URL buttons once they are approved.
            json.WriteString("index", "0");
            WriteParameter(json, code);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteString("biz_opaque_callback_data", message.AttemptSid.ToString());
        json.WriteEndObject();
    }

    static void WriteParameter(Utf8JsonWriter json, string code)
    {
        json.WriteStartArray("parameters");
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", code);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    static SendOutcome Read(CarrierAnswer answer)
    {
        var json = VendorJson.Parse(answer.Body);
        if (json.TextAt("error.code") is { } code)
        {
            return new SendOutcome.Refused(WhatsAppErrors.Find(code) ?? Refusals.OfUnlisted(answer.Status), Refusals.Code(code));
        }

        return answer.IsSuccess && CarrierWords.Id(json.TextAt("messages.0.id"), WhatsAppReceipts.MaxId) is { } id ? new SendOutcome.Accepted(id) : Refusals.ByStatus(answer.Status);
    }
}
