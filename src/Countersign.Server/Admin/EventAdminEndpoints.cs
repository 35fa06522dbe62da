using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>Events that wait for their receivers, and dead letters: listed, tried again, removed. What they tell is not shown.</summary>
sealed class EventAdminEndpoints(IEventStore events, PublicAddress address)
{
    static readonly (string, bool)[] Statuses = [("dead", true), ("waiting", false)];

    static readonly string[] Names = ["receiver"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/v1/events", AnswerMapping.Answering(ListAsync));
        routes.MapPost("/admin/v1/events/redeliver", AnswerMapping.Answering(RedeliverAllAsync));
        routes.MapGet("/admin/v1/events/{event}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/admin/v1/events/{event}/redeliver", AnswerMapping.Answering(RedeliverAsync));
        routes.MapDelete("/admin/v1/events/{event}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error) || !ListQuery.TryBind(query, out var list, out error))
        {
            return error!;
        }

        var binder = new FormBinder(query);
        var dead = binder.Choice("Status", Statuses) ?? true;
        var receiver = binder.Text("Receiver", 1, Sid.Length);
        var sid = default(Sid);
        if (binder.Error is null && receiver is not null && !TryReadReceiver(receiver, out sid))
        {
            binder.Invalid("Receiver", receiver, "not_a_sid", "Must be the SID of a webhook (YW…) or of a sink (DG…).");
        }

        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var page = await events.ListAsync(Caller.Of(context).AccountSid, receiver is null ? null : sid, dead, list.Request, context.RequestAborted);
        return new EventListAnswer(page, list, $"Status={(dead ? "dead" : "waiting")}&{(receiver is null ? "" : $"Receiver={sid}&")}", address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        TryReadPosition(context, out var position) && await events.FindAsync(Caller.Of(context).AccountSid, position, context.RequestAborted) is { } found
            ? new EventAnswer(found)
            : NotFound(context);

    async ValueTask<IResult> RedeliverAsync(HttpContext context) =>
        TryReadPosition(context, out var position) && await events.ReviveAsync(Caller.Of(context).AccountSid, position, null, context.RequestAborted) is > 0 and var count
            ? new CountAnswer(count)
            : ApiErrors.NotFound(context.Request.Path, explanation: "The account has no dead event of this SID. GET /admin/v1/events lists them.");

    async ValueTask<IResult> RedeliverAllAsync(HttpContext context)
    {
        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, context.RequestAborted);
        if (body is null)
        {
            return error!;
        }

        var receiver = body.Text("receiver", 1, Sid.Length);
        var sid = default(Sid);
        if (body.Error is null && receiver is not null && !TryReadReceiver(receiver, out sid))
        {
            body.Invalid("receiver", "not_a_sid", "Must be the SID of a webhook (YW…) or of a sink (DG…); leave it out for all of them.");
        }

        return body.Error is { } wrong
            ? wrong
            : new CountAnswer(await events.ReviveAsync(Caller.Of(context).AccountSid, null, receiver is null ? null : sid, context.RequestAborted));
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context) =>
        TryReadPosition(context, out var position) && await events.RemoveAsync(Caller.Of(context).AccountSid, position, context.RequestAborted)
            ? NoContentAnswer.Instance
            : NotFound(context);

    static ApiError NotFound(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The account has no such event: it was taken by its receiver, or removed. GET /admin/v1/events lists those that are dead or wait.");

    static bool TryReadReceiver(string text, out Sid sid) => Sid.TryParse(text, "YW", out sid) || Sid.TryParse(text, "DG", out sid);

    static bool TryReadPosition(HttpContext context, out long position)
    {
        position = 0;
        if (!Sid.TryParse((string)context.Request.RouteValues["event"]!, EventJson.Prefix, out var sid) || sid.Value > long.MaxValue)
        {
            return false;
        }

        position = (long)sid.Value;
        return true;
    }
}

/// <summary>One event.</summary>
sealed class EventAnswer(EventEntry entry) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json) => EventJson.Write(json, entry);
}

/// <summary>How many were given back to be tried.</summary>
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
sealed class EventListAnswer(Page<EventEntry> page, ListQuery list, string filter, string address) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (var entry in page.Items)
        {
            EventJson.Write(json, entry);
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

    public static void Write(Utf8JsonWriter json, EventEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{entry.Position:x32}"));
        json.WriteString("receiver"u8, entry.Receiver.ToString());
        json.WriteString("service_sid"u8, entry.ServiceSid.ToString());
        json.WriteString("type"u8, EventTypes.Names[entry.Type]);
        json.WriteString("id"u8, entry.Id);
        json.WriteString("status"u8, entry.IsDead ? "dead"u8 : "waiting"u8);
        json.WriteNumber("tries"u8, entry.Tries);
        json.WriteString("problem"u8, entry.Problem);
        json.WriteString("date_created"u8, VerificationJson.Date(entry.At));
        json.WriteString("date_next"u8, entry.IsDead ? null : VerificationJson.Date(entry.DueAt));
        json.WriteEndObject();
    }
}
