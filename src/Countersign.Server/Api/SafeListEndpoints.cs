using System.Text.Json;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>The account's safe list as Twilio has it: one number at a time, at most 30 calls a minute. Prefixes, notes and ends are in the admin API.</summary>
sealed class SafeListEndpoints(NumberLists lists, DestinationIndex index, PublicAddress address, SlidingWindows windows, SharedCounts shared, TimeProvider time)
{
    const int CallsPerMinute = 30;

    readonly CallLimit _pace = new(windows, shared, LimitKind.SafeListCalls, CallsPerMinute, TimeSpan.FromMinutes(1), time);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/SafeList/Numbers", AnswerMapping.Answering(AddAsync));
        routes.MapGet("/v2/SafeList/Numbers/{number}", AnswerMapping.Answering(Fetch));
        routes.MapDelete("/v2/SafeList/Numbers/{number}", AnswerMapping.Answering(RemoveAsync));
    }

    async ValueTask<IResult> AddAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var account = Caller.Of(context).AccountSid;
        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        var text = binder.RequiredPhone("PhoneNumber", PhoneNumber.MaxTextLength);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        if (!PhoneNumber.TryParse(text, out var number, out var problem))
        {
            return ApiErrors.InvalidParameter("PhoneNumber", text, problem.ReasonName, problem.Explanation, problem.Suggestion);
        }

        // What was refused for its form asked nothing of the list.
        if (_pace.Judge(account) is { } refusal)
        {
            return GuardErrors.Guarded(refusal);
        }

        var put = await lists.PutAsync(ListKind.Safe, account, [ListEntry.Of(number, index)], note: null, expiresAt: null, keep: true, ct);
        return put is null ? ApiErrors.TooManyRequests(null, "list_full")
            : put[0].IsNew ? new SafeListAnswer(StatusCodes.Status201Created, put[0].Listed, address.Of(context.Request))
            : GuardErrors.SafeListed();
    }

    ValueTask<IResult> Fetch(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        return new(_pace.Judge(account) is { } refusal ? GuardErrors.Guarded(refusal)
            : EntryIn(context) is { } entry && lists.Find(ListKind.Safe, account, entry) is { } found
                ? new SafeListAnswer(StatusCodes.Status200OK, found, address.Of(context.Request))
                : NotListed(context));
    }

    async ValueTask<IResult> RemoveAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        return _pace.Judge(account) is { } refusal ? GuardErrors.Guarded(refusal)
            : EntryIn(context) is { } entry && await lists.RemoveAsync(ListKind.Safe, account, entry, context.RequestAborted) ? NoContentAnswer.Instance
            : NotListed(context);
    }

    ListEntry? EntryIn(HttpContext context) =>
        PhoneNumber.TryParse((string)context.Request.RouteValues["number"]!, out var number, out _) ? ListEntry.Of(number, index) : null;

    static ApiError NotListed(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The account's safe list does not have this number. Numbers are in E.164, with the plus sign raw or as %2B.");
}

/// <summary>A number on the safe list, as Twilio writes it.</summary>
sealed class SafeListAnswer(int status, ListedNumber listed, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, listed.Sid.ToString());
        json.WriteString("phone_number"u8, listed.Value);
        json.WriteString("url"u8, $"{address}/v2/SafeList/Numbers/{listed.Value}");
        json.WriteEndObject();
    }
}
