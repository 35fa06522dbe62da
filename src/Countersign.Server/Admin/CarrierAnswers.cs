using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Routing;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>A carrier with what is known of it now.</summary>
sealed record CarrierView(CarrierDefinition Definition, IReadOnlyList<Core.Channels.Channel> Channels, int InFlight, IReadOnlyList<OpenBreaker> Open, Uri? CallbackAddress);

/// <summary>One carrier.</summary>
sealed class CarrierAnswer(int status, CarrierView view) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => CarrierJson.Write(json, view);
}

/// <summary>What can be configured, with every setting.</summary>
sealed class CarrierKindsAnswer(IReadOnlyCollection<ICarrierKind> kinds) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("carrier_kinds"u8);
        foreach (var kind in kinds.OrderBy(kind => kind.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, kind.Name);
            json.WriteString("title"u8, kind.Title);
            json.WriteStartArray("channels"u8);
            foreach (var channel in kind.Channels)
            {
                json.WriteStringValue(Wire.Channel(channel));
            }

            json.WriteEndArray();
            json.WriteStartArray("settings"u8);
            foreach (var setting in kind.Settings)
            {
                WriteSetting(json, setting);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteSetting(Utf8JsonWriter json, CarrierSetting setting)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, setting.Name);
        json.WriteString("type"u8, setting.Type switch
        {
            CarrierSettingType.LongText => "long_text",
            var type => type.ToString().ToLowerInvariant(),
        });
        json.WriteBoolean("required"u8, setting.Required);
        json.WriteBoolean("secret"u8, setting.IsSecret);
        json.WriteString("default"u8, setting.Default);
        if (setting.Choices.Count > 0)
        {
            json.WriteStartArray("choices"u8);
            foreach (var choice in setting.Choices)
            {
                json.WriteStringValue(choice);
            }

            json.WriteEndArray();
        }

        if (setting.Type == CarrierSettingType.Number)
        {
            json.WriteNumber("min"u8, setting.Min);
            json.WriteNumber("max"u8, setting.Max);
        }

        json.WriteString("explanation"u8, setting.Explanation);
        json.WriteEndObject();
    }
}

/// <summary>How a carrier is written.</summary>
static class CarrierJson
{
    public static void Write(Utf8JsonWriter json, CarrierView view)
    {
        var definition = view.Definition;
        json.WriteStartObject();
        json.WriteString("name"u8, definition.Name);
        json.WriteString("kind"u8, definition.Kind);
        json.WriteBoolean("enabled"u8, definition.Enabled);
        json.WriteStartArray("channels"u8);
        foreach (var channel in view.Channels)
        {
            json.WriteStringValue(Wire.Channel(channel));
        }

        json.WriteEndArray();
        json.WriteStartObject("settings"u8);
        foreach (var (name, value) in definition.Settings.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartArray("secrets_set"u8);
        foreach (var name in definition.Secrets.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteStartArray("senders"u8);
        foreach (var sender in definition.Senders)
        {
            json.WriteStringValue(sender);
        }

        json.WriteEndArray();
        json.WriteStartObject("prices"u8);
        foreach (var (country, price) in definition.Prices.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(country, price);
        }

        json.WriteEndObject();
        json.WriteNumber("max_in_flight"u8, definition.MaxInFlight);
        json.WriteNumber("in_flight"u8, view.InFlight);
        json.WriteString("paused_because"u8, view.Open.FirstOrDefault(static breaker => breaker.Country is null)?.Reason);
        json.WriteStartObject("paused_in"u8);
        foreach (var breaker in view.Open.Where(static breaker => breaker.Country is not null))
        {
            json.WriteString(breaker.Country!, breaker.Reason);
        }

        json.WriteEndObject();
        json.WriteString("callback_url"u8, view.CallbackAddress?.AbsoluteUri);
        json.WriteString("date_created"u8, VerificationJson.Date(definition.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(definition.UpdatedAt));
        json.WriteEndObject();
    }
}
