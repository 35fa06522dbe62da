using System.Net.Http.Headers;
using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Plivo;

/// <summary>Sends by <c>POST /v1/Account/{auth id}/Message/</c>; receipts come to <c>/status/{attempt}</c>, since both of Plivo's signatures cover the path.</summary>
sealed class PlivoCarrier(CarrierEnvironment environment) : ICarrier, IAsyncDisposable
{
    // What Plivo allows message_expiry to be, in seconds.
    const int ShortestLife = 5;
    const int LongestLife = 10_800;

    readonly CarrierHttp _http = new(environment.Networks);
    readonly Uri _address = new($"{environment.Settings.Address("base_url").AbsoluteUri.TrimEnd('/')}/v1/Account/{environment.Settings.Text("auth_id")}/Message/");
    readonly AuthenticationHeaderValue _credentials = CarrierHttp.Basic(environment.Settings.Text("auth_id"), environment.Settings.Text("auth_token"));
    readonly PlivoReceipts _receipts = new(new PlivoSignature(environment.Settings.Text("auth_token"), environment.Settings.Flag("allow_v2")));
    readonly string? _from = environment.Settings.Find("from");
    readonly string? _powerpack = environment.Settings.Find("powerpack_uuid");

    public string Name => environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var sender = message.Sender ?? _from;
        if (sender is null && _powerpack is null)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender");
        }

        var request = CarrierHttp.Json(_address, json =>
        {
            json.WriteStartObject();
            if (sender is not null)
            {
                json.WriteString("src", sender.TrimStart('+'));
            }
            else
            {
                json.WriteString("powerpack_uuid", _powerpack);
            }

            json.WriteString("dst", message.To.Reveal().TrimStart('+'));
            json.WriteString("text", message.Message.Text);
            json.WriteNumber("message_expiry", (int)Math.Clamp((message.ExpiresAt - environment.Time.GetUtcNow()).TotalSeconds, ShortestLife, LongestLife));
            if (environment.CallbackAddress is { } callbacks)
            {
                json.WriteString("url", $"{callbacks.AbsoluteUri.TrimEnd('/')}{PlivoReceipts.Path}{message.AttemptSid}");
                json.WriteString("method", "POST");
            }

            json.WriteEndObject();
        });
        request.Headers.Authorization = _credentials;
        return Read(await _http.SendAsync(request, ct));
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts.Read(request);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    // Plivo's refusals have a text and no code, so the HTTP status is all that can be gone by.
    static SendOutcome Read(CarrierAnswer answer)
    {
        var status = HttpStatusErrors.CodeOf(answer.Status);
        if (!answer.IsSuccess)
        {
            return new SendOutcome.Refused(HttpStatusErrors.Of(answer.Status), status);
        }

        var body = answer.Json();
        if (CarrierWords.Id(body.TextAt("message_uuid.0")) is { } id)
        {
            return new SendOutcome.Accepted(id);
        }

        return new SendOutcome.Refused(
            body.At("invalid_number") is { ValueKind: JsonValueKind.Array } invalid && invalid.GetArrayLength() > 0 ? DeliveryError.InvalidNumber : DeliveryError.MalformedAnswer,
            status);
    }
}
