using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Sns;

/// <summary>Sends through AWS, signed with Signature Version 4. AWS knows no idempotency keys: a message that is sent again after a crash arrives twice.</summary>
public sealed class SnsCarrier : ICarrier, IDisposable
{
    const int ThreeDays = 259200, Least = 5; // The bounds of TimeToLive, in seconds.

    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly CarrierSettings _settings;
    readonly bool _isPlain;
    readonly string _region;
    readonly Uri _address;
    readonly AwsKeys _keys;
    readonly SnsReceipts? _receipts;

    internal SnsCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        _environment = environment;
        _settings = environment.Settings;
        _isPlain = _settings.Text("api") == SnsKind.Plain;
        _region = _settings.Text("region");
        _address = new Uri($"{(_settings.Find("base_url") ?? $"https://{_settings.Text("api")}.{_region}.amazonaws.com").TrimEnd('/')}/");
        _keys = new AwsKeys(_settings.Text("access_key_id"), _settings.Text("secret_access_key"), _settings.Find("session_token"));
        if (!_isPlain && _settings.Find("topic_arn") is { } topic && _settings.Find("signing_certificate") is { } pem)
        {
            _receipts = new SnsReceipts(topic, SigningKey.Load(pem)!, environment.Logger);
        }
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var request = _isPlain ? CarrierHttp.Form(_address, Publish(message)) : CarrierHttp.Json(_address, json => WriteText(json, message));
        if (!_isPlain)
        {
            request.Content!.Headers.ContentType!.MediaType = "application/x-amz-json-1.0";
            request.Headers.TryAddWithoutValidation("X-Amz-Target", "PinpointSMSVoiceV2.SendTextMessage");
        }

        SigV4.Sign(request, await request.Content!.ReadAsByteArrayAsync(ct), _keys, _region, _isPlain ? "sns" : "sms-voice", _environment.Time.GetUtcNow());
        var answer = await _http.SendAsync(request, ct);
        return _isPlain ? SnsAnswers.Xml(answer) : SnsAnswers.Json(answer);
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts?.Read(request) ?? CallbackOutcome.NotExpected;

    public void Dispose() => _http.Dispose();

    IEnumerable<KeyValuePair<string, string>> Publish(OutgoingMessage message)
    {
        yield return new("Action", "Publish");
        yield return new("Version", "2010-03-31");
        yield return new("PhoneNumber", message.To.Reveal());
        yield return new("Message", message.Message.Text);
        var attributes = new List<(string Name, string Type, string Value)> { ("AWS.SNS.SMS.SMSType", "String", "Transactional") };
        if (message.Sender is { } sender)
        {
            var isNumber = sender.TrimStart('+').All(char.IsAsciiDigit);
            attributes.Add((isNumber ? "AWS.MM.SMS.OriginationNumber" : "AWS.SNS.SMS.SenderID", "String", sender));
        }

        if (_settings.Find("max_price") is { } price)
        {
            attributes.Add(("AWS.SNS.SMS.MaxPrice", "Number", price));
        }

        if (IndiaDlt.For(message, _settings) is { } india)
        {
            attributes.Add(("AWS.MM.SMS.EntityId", "String", india.EntityId));
            attributes.Add(("AWS.MM.SMS.TemplateId", "String", india.TemplateId));
        }

        foreach (var (position, (name, type, value)) in attributes.Index())
        {
            var entry = $"MessageAttributes.entry.{position + 1}";
            yield return new($"{entry}.Name", name);
            yield return new($"{entry}.Value.DataType", type);
            yield return new($"{entry}.Value.StringValue", value);
        }
    }

    void WriteText(Utf8JsonWriter json, OutgoingMessage message)
    {
        json.WriteStartObject();
        json.WriteString("DestinationPhoneNumber", message.To.Reveal());
        if (message.Sender is { } sender)
        {
            json.WriteString("OriginationIdentity", sender);
        }

        json.WriteString("MessageBody", message.Message.Text);
        json.WriteString("MessageType", "TRANSACTIONAL");
        json.WriteNumber("TimeToLive", Validity.SecondsLeft(message, _environment.Time.GetUtcNow(), Least, ThreeDays));
        if (_settings.Find("configuration_set") is { } set)
        {
            json.WriteString("ConfigurationSetName", set);
        }

        if (_settings.Find("max_price") is { } price)
        {
            json.WriteString("MaxPrice", price);
        }

        if (IndiaDlt.For(message, _settings) is { } india)
        {
            json.WriteStartObject("DestinationCountryParameters");
            json.WriteString("IN_ENTITY_ID", india.EntityId);
            json.WriteString("IN_TEMPLATE_ID", india.TemplateId);
            json.WriteEndObject();
        }

        json.WriteStartObject("Context");
        json.WriteString("attempt", message.AttemptSid.ToString());
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
