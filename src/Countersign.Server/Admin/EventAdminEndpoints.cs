using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>Events that wait for their receivers, and dead letters: listed, tried again, removed. What they tell is not shown.</summary>
sealed class EventAdminEndpoints(IEventStore events, Subscriptions subscriptions, HealthOfReceivers health, PublicAddress address, TimeProvider time)
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
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error) || !ListQuery.TryBind(context.Request, query, out var list, out error))
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

        var account = Caller.Of(context).AccountSid;
        var page = receiver is not null && !IsOf(account, sid)
            ? new Page<EventEntry>([], null, null)
            : await events.ListAsync(account, receiver is null ? null : sid, dead, list.Request, context.RequestAborted);
        return new EventListAnswer(page, NextOf, list, $"Status={(dead ? "dead" : "waiting")}&{(receiver is null ? "" : $"Receiver={sid}&")}", address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        TryReadPosition(context, out var position) && await events.FindAsync(Caller.Of(context).AccountSid, position, context.RequestAborted) is { } found
            ? new EventAnswer(found, NextOf)
            : NotFound(context);

    async ValueTask<IResult> RedeliverAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        if (!TryReadPosition(context, out var position) || await events.FindAsync(account, position, context.RequestAborted) is not { } found)
        {
            return NotFound(context);
        }

        health.Resume(found.Receiver);
        return new CountAnswer(await events.ReviveAsync(account, position, null, CancellationToken.None));
    }

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

        if (body.Error is { } wrong)
        {
            return wrong;
        }

        var account = Caller.Of(context).AccountSid;
        var asked = subscriptions.Enabled.Where(one => one.AccountSid == account && (receiver is null || one.Sid == sid)).ToList();
        asked.ForEach(one => health.Resume(one.Sid));
        return new CountAnswer(receiver is not null && !IsOf(account, sid) ? 0 : await events.ReviveAsync(account, null, receiver is null ? null : sid, CancellationToken.None));
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context) =>
        TryReadPosition(context, out var position) && await events.RemoveAsync(Caller.Of(context).AccountSid, position, context.RequestAborted)
            ? NoContentAnswer.Instance
            : NotFound(context);

    /// <summary>Whether the receiver is the account's: the store is not sent through the events of another's.</summary>
    bool IsOf(Sid account, Sid receiver) => subscriptions.Find(receiver)?.AccountSid == account;

    /// <summary>When an event is really tried next: not while its receiver is left alone, and never while that is disabled.</summary>
    DateTimeOffset? NextOf(EventEntry entry)
    {
        if (entry.IsDead || subscriptions.Find(entry.Receiver) is not { IsEnabled: true })
        {
            return null;
        }

        var now = time.GetUtcNow();
        var due = entry.DueAt > now ? entry.DueAt : now;
        return health.PausedUntil(entry.Receiver, now) is { } until && until > due ? until : due;
    }

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
