using System.Globalization;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Messages;

namespace Countersign.Carriers.Vonage;

/// <summary>Sends by <c>POST /sms/json</c>; receipts come to <c>/receipt</c> and name the attempt by <c>client-ref</c>.</summary>
sealed class VonageCarrier : ICarrier, IAsyncDisposable
{
    // What Vonage allows a time to live to be, in milliseconds: 20 seconds to 7 days.
    const long ShortestLife = 20_000;
    const long LongestLife = 604_800_000;

    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly Uri _address;
    readonly string _apiKey;
    readonly string? _apiSecret;
    readonly string? _from;
    readonly VonageSignature? _signature;
    readonly VonageReceipts? _receipts;

    public VonageCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        var settings = environment.Settings;
        _environment = environment;
        _address = new Uri($"{settings.Address("base_url").AbsoluteUri.TrimEnd('/')}/sms/json");
        _apiKey = settings.Text("api_key");
        _apiSecret = settings.Find("api_secret");
        _from = settings.Find("from");
        if (settings.Find("signature_secret") is { } secret)
        {
            _signature = new VonageSignature(secret, settings.Text("signature_method"));
            _receipts = new VonageReceipts(secret, _apiKey, _signature);
        }
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        if ((message.Sender ?? _from) is not { } sender)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender");
        }

        var now = _environment.Time.GetUtcNow();
        var life = (long)Math.Clamp((message.ExpiresAt - now).TotalMilliseconds, ShortestLife, LongestLife);
        var fields = new List<KeyValuePair<string, string>>
        {
            new("api_key", _apiKey),
            new("from", sender.TrimStart('+')),
            new("to", message.To.Reveal().TrimStart('+')),
            new("text", message.Message.Text),
            new("client-ref", message.AttemptSid.ToString()),
            new("ttl", life.ToString(CultureInfo.InvariantCulture)),
        };
        if (message.Message.Segments.Encoding == SmsEncoding.Ucs2)
        {
            fields.Add(new("type", "unicode"));
        }

        if (IndiaDlt.For(message, _environment.Settings) is { } india)
        {
            fields.Add(new("entity-id", india.EntityId));
            fields.Add(new("content-id", india.TemplateId));
        }

        // A receipt that cannot be checked is not asked for.
        if (_receipts is not null && _environment.CallbackAddress is { } callbacks)
        {
            fields.Add(new("callback", callbacks.AbsoluteUri.TrimEnd('/') + VonageReceipts.Path));
        }

        if (_apiSecret is not null)
        {
            fields.Add(new("api_secret", _apiSecret));
        }
        else
        {
            fields.Add(new("timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
            fields.Add(new(VonageSignature.Parameter, _signature!.Sign(fields)));
        }

        return VonageAnswer.Read(await _http.SendAsync(CarrierHttp.Form(_address, fields), ct));
    }

    public CallbackOutcome Receive(CallbackRequest request) =>
        request.Rest != VonageReceipts.Path || request.Method is not ("GET" or "POST") ? CallbackOutcome.NotExpected
        : _receipts?.Read(request) ?? new CallbackOutcome.Forged("no_signature_secret");

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }
}
