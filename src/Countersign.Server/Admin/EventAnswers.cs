using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Server.Api;

namespace Countersign.Server.Admin;

/// <summary>One event.</summary>
sealed class EventAnswer(EventEntry entry, Func<EventEntry, DateTimeOffset?> nextOf) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json) => EventJson.Write(json, entry, nextOf(entry));
}

/// <summary>How many are tried now that were not to be.</summary>
sealed class CountAnswer(int count) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("redelivered"u8, count);
        json.WriteEndObject();
    }
}

/// <summary>A page of events.</summary>
sealed class EventListAnswer(Page<EventEntry> page, Func<EventEntry, DateTimeOffset?> nextOf, ListQuery list, string filter, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (var entry in page.Items)
        {
            EventJson.Write(json, entry, nextOf(entry));
        }

        json.WriteEndArray();
        list.WriteMeta(json, $"{address}/admin/v1/events", "events", page, filter);
        json.WriteEndObject();
    }
}

/// <summary>How an event is written: what it is about, not what it tells.</summary>
static class EventJson
{
    /// <summary>Begins the name of an event on its way to one receiver.</summary>
    public const string Prefix = "EV";

    public static void Write(Utf8JsonWriter json, EventEntry entry, DateTimeOffset? next)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{entry.Position:x32}"));
        json.WriteString("receiver"u8, entry.Receiver.ToString());
        json.WriteString("service_sid"u8, entry.ServiceSid == SendTestEvent.NoService ? null : entry.ServiceSid.ToString());
        json.WriteString("type"u8, EventTypes.Names[entry.Type]);
        json.WriteString("id"u8, entry.Id);
        json.WriteString("status"u8, entry.IsDead ? "dead"u8 : "waiting"u8);
        json.WriteNumber("tries"u8, entry.Tries);
        json.WriteString("problem"u8, entry.Problem);
        json.WriteString("explanation"u8, entry.Problem is { } problem ? EventProblems.Explain(problem) : null);
        json.WriteString("date_created"u8, VerificationJson.Date(entry.At));
        json.WriteString("date_next"u8, next is { } moment ? VerificationJson.Date(moment) : null);
        json.WriteEndObject();
    }
}
