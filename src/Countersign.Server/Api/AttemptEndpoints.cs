using Countersign.Core;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Privacy;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>What became of each send of the last 30 days, and how many of them brought an approval; at most 100 calls a minute.</summary>
sealed class AttemptEndpoints(ListAttempts list, FetchAttempt fetch, SummarizeAttempts summarize, PublicAddress address, Sealer sealer, SlidingWindows windows, SharedCounts shared, TimeProvider time)
{
    const int CallsPerMinute = 100;

    readonly CallLimit _pace = new(windows, shared, LimitKind.AttemptCalls, CallsPerMinute, TimeSpan.FromMinutes(1), time);

    readonly AttemptPages _pages = new(sealer);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v2/Attempts", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Attempts/Summary", AnswerMapping.Answering(SummarizeAsync));
        routes.MapGet("/v2/Attempts/{attempt}", AnswerMapping.Answering(FetchAsync));
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        if (!AttemptForms.TryBindList(context.Request, account, _pages, out var query, out var error))
        {
            return error;
        }

        return _pace.Judge(account) is { } refusal ? GuardErrors.Guarded(refusal)
            : new AttemptListAnswer(await list.RunAsync(query.Filter, query.Size, query.Before, context.RequestAborted), query, time.GetUtcNow(), address.Of(context.Request));
    }

    async ValueTask<IResult> SummarizeAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        if (!AttemptForms.TryBindSummary(context.Request, account, out var filter, out var error))
        {
            return error;
        }

        return _pace.Judge(account) is { } refusal ? GuardErrors.Guarded(refusal)
            : await summarize.RunAsync(filter, context.RequestAborted) is { } summary ? new AttemptSummaryAnswer(summary, address.Of(context.Request))
            : TooMuch(filter);
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        return _pace.Judge(account) is { } refusal ? GuardErrors.Guarded(refusal)
            : Sid.TryParse((string)context.Request.RouteValues["attempt"]!, "VL", out var sid) && await fetch.RunAsync(account, sid, context.RequestAborted) is { } found
                ? new AttemptAnswer(found, time.GetUtcNow(), address.Of(context.Request))
                : ApiErrors.NotFound(context.Request.Path, explanation: "The account has no such attempt of the last 30 days, or it was not sent yet.");
    }

    static ApiError TooMuch(AttemptFilter filter) => filter.Prefix is not null
        ? ApiErrors.InvalidParameter(
            "DestinationPrefix", null, "too_much_to_count",
            $"A prefix is counted attempt by attempt, up to {SummarizeAttempts.MaxCounted}. Narrow it down by DateCreatedAfter, DateCreatedBefore, VerifyServiceSid, Country or Channel.")
        : ApiErrors.InvalidParameter(
            filter.From is null ? "DateCreatedBefore" : "DateCreatedAfter", null, "too_much_to_count",
            $"A part of an hour is counted attempt by attempt, up to {SummarizeAttempts.MaxCounted}. Ask for a range that begins and ends on a full hour.");
}
