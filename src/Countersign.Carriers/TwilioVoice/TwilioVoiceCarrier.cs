using System.Globalization;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.TwilioVoice;

/// <summary>
/// Calls by <c>POST /2010-04-01/Accounts/{AC}/Calls.json</c> with what is said in the request itself. Where a key must be pressed first, the request asks for the key
/// only, and the code follows when Twilio asks for it at <c>/voice</c>; where answering machines are listened for, all words follow when Twilio says at <c>/answered</c> who it is.
/// What became of the call comes to <c>/status</c>.
/// </summary>
sealed class TwilioVoiceCarrier : ICarrier, IAsyncDisposable
{
    readonly CarrierEnvironment _environment;
    readonly TwilioRest _rest;
    readonly VoiceTwiml _twiml;
    readonly string? _from;
    readonly string _ringSeconds;
    readonly bool _detectMachines;

    public TwilioVoiceCarrier(CarrierEnvironment environment)
    {
        var settings = environment.Settings;
        _environment = environment;
        _rest = new TwilioRest(environment, "Calls.json", TwilioVoiceErrors.All);
        _twiml = new VoiceTwiml(SayVoices.TryParse(settings.Find("voice"), out var voices) ? voices : new SayVoices());
        _from = settings.Find("from");
        _ringSeconds = settings.Number("ring_seconds").ToString(CultureInfo.InvariantCulture);
        _detectMachines = settings.Flag("machine_detection");
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var script = message.Voice ?? throw new InvalidOperationException("A call has no script.");
        var callbacks = _environment.CallbackAddress?.AbsoluteUri.TrimEnd('/');
        if ((message.Sender ?? _from) is not { } sender)
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender");
        }

        if (message.DtmfInputRequired && callbacks is null)
        {
            return new SendOutcome.Refused(DeliveryError.KeyPressUnavailable, "no_callback_address") { WasAsked = false };
        }

        // Twilio listens for nobody where it dials keys. And it tells who answered when it fetches the words: said along with the request, they would be said to a machine, too.
        var detects = _detectMachines && callbacks is not null && message.SendDigits is not { Length: > 0 };
        var listens = detects && !message.DtmfInputRequired;
        var words = listens ? AddressOf("answered", GateToken.Awaited.Person)
            : message.DtmfInputRequired ? AddressOf("voice", GateToken.Awaited.Key) is { } action ? _twiml.AskForKey(script, action) : null
            : _twiml.Read(script);
        if (words is null)
        {
            return new SendOutcome.Refused(DeliveryError.ContentTooLong, "twiml_too_long");
        }

        var fields = new List<KeyValuePair<string, string>> { new("To", message.To.Reveal()), new("From", sender), new(listens ? "Url" : "Twiml", words), new("Timeout", _ringSeconds) };
        if (message.SendDigits is { Length: > 0 } digits)
        {
            fields.Add(new("SendDigits", digits));
        }

        if (detects)
        {
            fields.Add(new("MachineDetection", "Enable"));
        }

        if (callbacks is not null)
        {
            var gate = message.DtmfInputRequired ? $"&{TwilioVoiceCallbacks.GateParameter}=1" : listens ? $"&{TwilioVoiceCallbacks.ListenParameter}=1" : "";
            fields.Add(new("StatusCallback", $"{callbacks}/status?{TwilioVoiceCallbacks.AttemptParameter}={message.AttemptSid}{gate}"));
            fields.Add(new("StatusCallbackEvent", "completed"));
        }

        return await _rest.CreateAsync(fields, ct);

        // Null for a token that would be too long to be opened.
        string? AddressOf(string path, GateToken.Awaited awaited) =>
            GateToken.Seal(_environment.Sealer, awaited, _environment.Definition.AccountSid, message.AttemptSid, script, message.ExpiresAt) is { Length: <= GateToken.LongestText } token
                ? $"{callbacks}/{path}?{TwilioVoiceCallbacks.TokenParameter}={token}" : null;
    }

    public CallbackOutcome Receive(CallbackRequest request) => new TwilioVoiceCallbacks(_rest.AuthToken, _environment.Definition.AccountSid, _environment.Sealer, _twiml).Read(request);

    public ValueTask DisposeAsync()
    {
        _rest.Dispose();
        return ValueTask.CompletedTask;
    }
}
