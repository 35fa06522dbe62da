using System.Globalization;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Numbers;

namespace Countersign.Carriers.GenericHttp;

/// <summary>A carrier that settings describe: they say what to send, and how to read what comes back.</summary>
public sealed class GenericHttpCarrier : ICarrier, IDisposable
{
    const int Day = 86400;

    readonly CarrierHttp _http;
    readonly CarrierEnvironment _environment;
    readonly RequestTemplate _request;
    readonly AnswerRules _answers;
    readonly GenericHttpReceipts _receipts;
    readonly string _callbackUrl, _secret;

    internal GenericHttpCarrier(CarrierEnvironment environment)
    {
        _http = new CarrierHttp(environment.Networks);
        _environment = environment;
        _request = new RequestTemplate(environment.Settings);
        _answers = new AnswerRules(environment.Settings);
        _receipts = new GenericHttpReceipts(environment.Settings, _answers);
        _callbackUrl = _receipts.AddressOf(environment.CallbackAddress);
        _secret = environment.Settings.Find("secret") ?? "";
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        // An interface that is not told of the key reads the code to whoever answers, and a machine keeps it.
        if (message.DtmfInputRequired && !_request.TellsOfKeyPress)
        {
            return new SendOutcome.Refused(DeliveryError.KeyPressUnavailable, "no_dtmf_input_required") { WasAsked = false };
        }

        return _answers.Read(await _http.SendAsync(_request.Fill(name => ValueOf(name, message)), ct));
    }

    public CallbackOutcome Receive(CallbackRequest request) => _receipts.Read(request);

    public void Dispose() => _http.Dispose();

    string ValueOf(string placeholder, OutgoingMessage message) => placeholder switch
    {
        "to" => message.To.Reveal(),
        "to_digits" => message.To is PhoneNumber ? message.To.Reveal().TrimStart('+') : "",
        "from" => message.Sender ?? "",
        "text" => message.Message.Text,
        "code" => message.Code.Reveal(),
        "attempt" => message.AttemptSid.ToString(),
        "callback_url" => _callbackUrl,
        "expires_seconds" => Validity.SecondsLeft(message, _environment.Time.GetUtcNow(), 1, Day).ToString(CultureInfo.InvariantCulture),
        "locale" => message.Message.Locale,
        "friendly_name" => message.FriendlyName,
        RequestTemplate.KeyPress => message.DtmfInputRequired ? "true" : "false",
        "secret" => _secret,
        _ => throw new InvalidOperationException("A placeholder that was not checked."),
    };
}
