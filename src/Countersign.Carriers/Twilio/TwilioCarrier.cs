using System.Globalization;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Twilio;

/// <summary>Sends by <c>POST /2010-04-01/Accounts/{AC}/Messages.json</c>; its receipts are status callbacks at <c>/status</c>.</summary>
sealed class TwilioCarrier(CarrierEnvironment environment) : ICarrier, IAsyncDisposable
{
    const int LongestValidity = 36000;

    readonly TwilioRest _rest = new(environment, "Messages.json", TwilioErrors.All);
    readonly string? _from = environment.Settings.Find("from");
    readonly string? _service = environment.Settings.Find("messaging_service_sid");

    public string Name => environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var fields = new List<KeyValuePair<string, string>> { new("To", message.To.Reveal()) };
        if ((message.Sender ?? _from) is { } sender)
        {
            fields.Add(new("From", sender));
        }
        else if (_service is not null)
        {
            fields.Add(new("MessagingServiceSid", _service));
        }
        else
        {
            return new SendOutcome.Refused(DeliveryError.Misconfigured, "no_sender");
        }

        fields.Add(new("Body", message.Message.Text));
        fields.Add(new("ValidityPeriod", SecondsUntil(message.ExpiresAt).ToString(CultureInfo.InvariantCulture)));
        if (environment.CallbackAddress is { } callbacks)
        {
            fields.Add(new("StatusCallback", $"{callbacks.AbsoluteUri.TrimEnd('/')}{TwilioReceipts.Path}?{TwilioReceipts.AttemptParameter}={message.AttemptSid}"));
        }

        return await _rest.CreateAsync(fields, ct);
    }

    public CallbackOutcome Receive(CallbackRequest request) => TwilioReceipts.Read(_rest.AuthToken, request);

    public ValueTask DisposeAsync()
    {
        _rest.Dispose();
        return ValueTask.CompletedTask;
    }

    int SecondsUntil(DateTimeOffset expiry) => (int)Math.Clamp((expiry - environment.Time.GetUtcNow()).TotalSeconds, 1, LongestValidity);
}
