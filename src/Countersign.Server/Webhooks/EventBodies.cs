using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Countersign.Core.Events;

namespace Countersign.Server.Webhooks;

/// <summary>What is posted: to a webhook the fields of one event as a form, as Twilio posts them; to a sink a batch of CloudEvents.</summary>
static class EventBodies
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The fields of an event. What has no value is left out; objects and lists are JSON.</summary>
    public static List<KeyValuePair<string, string>> Fields(EventEntry entry)
    {
        var fields = new List<KeyValuePair<string, string>>
        {
            new("uuid", $"{entry.Id[..8]}-{entry.Id[8..12]}-{entry.Id[12..16]}-{entry.Id[16..20]}-{entry.Id[20..32]}"),
            new("type", EventTypes.Names[entry.Type]),
            new("event_time", Date(entry.At)),
        };
        using var data = JsonDocument.Parse(entry.Data);
        foreach (var member in data.RootElement.EnumerateObject())
        {
            var value = member.Value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => member.Value.GetString(),
                _ => member.Value.GetRawText(),
            };
            if (value is not null)
            {
                fields.Add(new(member.Name, value));
            }
        }

        return fields;
    }

    public static byte[] Form(List<KeyValuePair<string, string>> fields)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields)
        {
            text.Append(text.Length == 0 ? "" : "&").Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static byte[] Batch(IReadOnlyList<EventEntry> events)
    {
        var buffer = new ArrayBufferWriter<byte>(1024 * events.Count);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartArray();
        foreach (var entry in events)
        {
            using var data = JsonDocument.Parse(entry.Data);
            json.WriteStartObject();
            json.WriteString("specversion"u8, "1.0"u8);
            json.WriteString("type"u8, EventTypes.CloudNameOf(entry.Type) ?? EventTypes.Names[entry.Type]);
            json.WriteString("source"u8, SourceOf(entry, data.RootElement));
            json.WriteString("id"u8, entry.Id);
            json.WriteString("datacontenttype"u8, "application/json"u8);
            json.WriteString("time"u8, entry.At.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WritePropertyName("data"u8);
            data.RootElement.WriteTo(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    static string SourceOf(EventEntry entry, JsonElement data) => entry.Type == EventType.Test
        ? $"/v1/Accounts/{entry.AccountSid}/Sinks/{entry.Receiver}"
        : $"/v1/Accounts/{entry.AccountSid}/Services/{entry.ServiceSid}/Verifications/{(data.TryGetProperty("verification_sid", out var sid) ? sid.GetString() : "")}";

    static string Date(DateTimeOffset moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
