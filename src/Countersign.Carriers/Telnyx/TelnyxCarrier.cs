using System.Net.Http.Headers;
using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Telnyx;

/// <summary>Sends by <c>POST /v2/messages</c>; receipts come to <c>/status</c>.</summary>
sealed class TelnyxCarrier : ICarrier, IAsyncDisposable
{
    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly AuthenticationHeaderValue _credentials;
    readonly TelnyxReceipts? _receipts;
    readonly string? _from;
    readonly string? _profile;

    public TelnyxCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        var settings = environment.Settings;
        _environment = environment;
        _address = new Uri($"{settings.Address("base_url").AbsoluteUri.TrimEnd('/')}/v2/messages");
        _credentials = new AuthenticationHeaderValue("Bearer", settings.Text("api_key"));
        _receipts = settings.Find("public_key") is { } text && TelnyxSignature.TryReadKey(text, out var key) ? new TelnyxReceipts(new TelnyxSignature(key)) : null;
        _from = settings.Find("from");
        _profile = settings.Find("messaging_profile_id");
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var sender = message.Sender ?? _from;
        if (sender is null && _profile is null)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender");
        }

        var request = CarrierHttp.Json(_address, json =>
        {
            json.WriteStartObject();
            WriteIfAny(json, "from", sender);
            json.WriteString("to", message.To.Reveal());
            json.WriteString("text", message.Message.Text);
            json.WriteString("type", "SMS");
            WriteIfAny(json, "messaging_profile_id", _profile);
            // A receipt that cannot be checked is not asked for.
            WriteIfAny(json, "webhook_url", _receipts is not null && _environment.CallbackAddress is { } callbacks
                ? $"{callbacks.AbsoluteUri.TrimEnd('/')}{TelnyxReceipts.Path}{TelnyxReceipts.AttemptQuery}{message.AttemptSid}" : null);
            json.WriteEndObject();
        });
        request.Headers.Authorization = _credentials;
        return Read(await _http.SendAsync(request, ct));
    }

    public CallbackOutcome Receive(CallbackRequest request) =>
        request.Rest != TelnyxReceipts.Path || request.Method != "POST" ? CallbackOutcome.NotExpected
        : _receipts?.Read(request) ?? new CallbackOutcome.Forged("no_public_key");

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    static SendOutcome Read(CarrierAnswer answer)
    {
        var body = answer.Json();
        if (!answer.IsSuccess)
        {
            var code = Refusals.Code(body.TextAt("errors.0.code"));
            return new SendOutcome.Refused(
                code is not null && TelnyxErrors.All.TryGetValue(code, out var known) ? known : HttpStatusErrors.Of(answer.Status),
                code ?? HttpStatusErrors.CodeOf(answer.Status));
        }

        if (CarrierWords.Id(body.TextAt("data.id")) is not { } id)
        {
            return new SendOutcome.Refused(DeliveryError.MalformedAnswer, HttpStatusErrors.CodeOf(answer.Status));
        }

        if (body.TextAt("data.to.0.status") is "sending_failed" or "delivery_failed")
        {
            var code = Refusals.Code(body.TextAt("data.errors.0.code"));
            return new SendOutcome.Refused(TelnyxErrors.All.GetValueOrDefault(code ?? "", DeliveryError.Unknown), code);
        }

        return new SendOutcome.Accepted(id);
    }

    static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
