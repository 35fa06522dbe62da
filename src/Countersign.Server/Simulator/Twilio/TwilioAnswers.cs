using System.Globalization;
using System.Text.Json;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Messages;
using Countersign.Server.Api;

namespace Countersign.Server.Simulator.Twilio;

/// <summary>A message or a call as Twilio writes it. It is read when it is made: by the time it is written the message may have come further.</summary>
sealed class TwilioAnswer : JsonAnswer
{
    readonly SimulatorMessage _message;
    readonly string _account;
    readonly string _status;
    readonly int? _error;
    readonly DateTimeOffset _updatedAt;

    TwilioAnswer(SimulatorMessage message, string account, int status)
        : base(status) =>
        (_message, _account, _status, _error, _updatedAt) = (message, account, message.Status, message.Error is { } error ? TwilioCodes.OfReceipt(error) : null, message.UpdatedAt);

    public static TwilioAnswer Of(SimulatorMessage message, string account, int status) => new(message, account, status);

    protected override void Write(Utf8JsonWriter json)
    {
        var isCall = _message.Channel == "call";
        json.WriteStartObject();
        json.WriteString("account_sid"u8, _account);
        json.WriteString("api_version"u8, TwilioApi.Version);
        if (isCall)
        {
            WriteCall(json);
        }
        else
        {
            WriteMessage(json);
        }

        json.WriteString("date_created"u8, Date(_message.CreatedAt));
        json.WriteString("date_updated"u8, Date(_updatedAt));
        json.WriteString("direction"u8, "outbound-api");
        json.WriteString("from"u8, _message.From.Length > 0 ? _message.From : null);
        json.WriteNull("price"u8);
        json.WriteString("price_unit"u8, "USD");
        json.WriteString("sid"u8, _message.Sid);
        json.WriteString("status"u8, _status);
        json.WriteString("to"u8, _message.To);
        json.WriteString("uri"u8, $"/{TwilioApi.Version}/Accounts/{_account}/{(isCall ? "Calls" : "Messages")}/{_message.Sid}.json");
        json.WriteEndObject();
    }

    void WriteMessage(Utf8JsonWriter json)
    {
        json.WriteString("body"u8, _message.Body);
        json.WriteString("date_sent"u8, _status == "queued" ? null : Date(_updatedAt));
        if (_error is { } error)
        {
            json.WriteNumber("error_code"u8, error);
            json.WriteString("error_message"u8, ErrorDictionary.Of(_message.Error!.Value).Title);
        }
        else
        {
            json.WriteNull("error_code"u8);
            json.WriteNull("error_message"u8);
        }

        json.WriteString("messaging_service_sid"u8, _message.MessagingServiceSid);
        json.WriteString("num_media"u8, "0");
        json.WriteString("num_segments"u8, Segments.Count(_message.Body).Segments.ToString(CultureInfo.InvariantCulture));
        json.WriteStartObject("subresource_uris"u8);
        json.WriteString("media"u8, $"/{TwilioApi.Version}/Accounts/{_account}/Messages/{_message.Sid}/Media.json");
        json.WriteEndObject();
    }

    static void WriteCall(Utf8JsonWriter json)
    {
        json.WriteNull("answered_by"u8);
        json.WriteNull("duration"u8);
        json.WriteNull("end_time"u8);
        json.WriteNull("start_time"u8);
        json.WriteNull("parent_call_sid"u8);
    }

    static string Date(DateTimeOffset moment) => moment.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
}

/// <summary>A refusal as Twilio writes it.</summary>
sealed class TwilioProblem(int status, int code, string message) : JsonAnswer(status)
{
    readonly int _status = status;

    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("code"u8, code);
        json.WriteString("message"u8, message);
        json.WriteString("more_info"u8, string.Create(CultureInfo.InvariantCulture, $"https://www.twilio.com/docs/errors/{code}"));
        json.WriteNumber("status"u8, _status);
        json.WriteEndObject();
    }
}
