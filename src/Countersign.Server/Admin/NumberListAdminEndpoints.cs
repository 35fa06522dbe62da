using System.Globalization;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>The account's safe list and block list: numbers and prefixes, with notes and ends.</summary>
sealed class NumberListAdminEndpoints(NumberLists lists, DestinationIndex index, TimeProvider time)
{
    const int MostAtOnce = 1000, DefaultLimit = 100;

    static readonly string[] Names = ["numbers", "prefixes", "note", "expires_at"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var (path, kind) in (ReadOnlySpan<(string, ListKind)>)[("/admin/v1/safe-list", ListKind.Safe), ("/admin/v1/block-list", ListKind.Block)])
        {
            endpoints.MapGet(path, AnswerMapping.Answering(context => List(context, kind)));
            endpoints.MapPost(path, AnswerMapping.Answering(context => PutAsync(context, kind)));
            endpoints.MapDelete(path + "/{entry}", AnswerMapping.Answering(context => RemoveAsync(context, kind)));
        }
    }

    /// <summary>Oldest first, <c>limit</c> at a time; <c>after</c> is the SID of the last entry of the page before.</summary>
    ValueTask<IResult> List(HttpContext context, ListKind kind)
    {
        var query = context.Request.Query;
        var limit = DefaultLimit;
        if (query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostAtOnce))
        {
            return new(ApiErrors.InvalidParameter("limit", null, "out_of_range", $"Must be a whole number from 1 to {MostAtOnce}."));
        }

        var all = lists.All(kind, Caller.Of(context).AccountSid);
        var start = 0;
        if (query["after"].ToString() is { Length: > 0 } after)
        {
            start = Sid.TryParse(after, "GN", out var last) ? all.TakeWhile(entry => entry.Sid != last).Count() + 1 : all.Count + 1;
            if (start > all.Count)
            {
                return new(ApiErrors.InvalidParameter("after", null, "unknown_entry", "Must be the SID of an entry that is on the list."));
            }
        }

        return new(new NumberListAnswer([.. all.Skip(start).Take(limit)], all.Count, start + limit < all.Count));
    }

    /// <summary>Puts numbers and prefixes on the list. One that is there keeps its SID and takes the new note and end.</summary>
    async ValueTask<IResult> PutAsync(HttpContext context, ListKind kind)
    {
        var ct = context.RequestAborted;
        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        var entries = ReadEntries(body);
        var note = body.Text("note", 1, 200);
        var end = ReadEnd(body);
        if (body.Error is not null)
        {
            return body.Error;
        }

        var put = await lists.PutAsync(kind, Caller.Of(context).AccountSid, entries, note, end, keep: false, ct);
        return put is null
            ? ApiErrors.TooManyRequests(null, "list_full")
            : new NumberListPutAnswer(put);
    }

    async ValueTask<IResult> RemoveAsync(HttpContext context, ListKind kind)
    {
        var account = Caller.Of(context).AccountSid;
        var text = (string)context.Request.RouteValues["entry"]!;
        ListEntry? entry = null;
        if (Sid.TryParse(text, "GN", out var sid))
        {
            entry = lists.All(kind, account).FirstOrDefault(listed => listed.Sid == sid) is { } listed ? ListEntry.Of(listed, index) : null;
        }
        else if (PhoneNumber.TryParse(text, out var number, out _))
        {
            entry = ListEntry.Of(number, index);
        }

        return entry is not null && await lists.RemoveAsync(kind, account, entry, context.RequestAborted)
            ? NoContentAnswer.Instance
            : ApiErrors.NotFound(context.Request.Path, explanation: "The list does not have this entry. Name it by its SID (GN…), or a number by itself in E.164.");
    }

    List<ListEntry> ReadEntries(AdminBody body)
    {
        var entries = new List<ListEntry>();
        foreach (var text in body.Texts("numbers", MostAtOnce, PhoneNumber.MaxTextLength) ?? [])
        {
            if (!PhoneNumber.TryParse(text, out var number, out var problem))
            {
                body.Invalid("numbers", problem.ReasonName, $"Entry {entries.Count + 1}: {problem.Explanation}");
                return entries;
            }

            entries.Add(ListEntry.Of(number, index));
        }

        foreach (var text in body.Texts("prefixes", MostAtOnce, 16) ?? [])
        {
            if (!ListEntry.TryParsePrefix(text, out var prefix))
            {
                body.Invalid("prefixes", "not_a_prefix", "A prefix is a plus sign and 1 to 15 digits, beginning with a calling code, such as +4477009.");
                return entries;
            }

            entries.Add(prefix);
        }

        if (entries.Count == 0)
        {
            body.Invalid("numbers", "missing", "Name at least one of numbers or prefixes.");
        }

        return entries;
    }

    DateTimeOffset? ReadEnd(AdminBody body)
    {
        if (body.Text("expires_at", 10, 40) is not { } text)
        {
            return null;
        }

        if (IsoTime.TryRead(text, out var end) && end > time.GetUtcNow())
        {
            return end.Value.ToUniversalTime();
        }

        body.Invalid("expires_at", "not_a_moment", "Must be a moment to come in ISO 8601, such as 2027-01-31T00:00:00Z.");
        return null;
    }
}

/// <summary>A page of a list.</summary>
sealed class NumberListAnswer(IReadOnlyList<ListedNumber> entries, int total, bool more) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("entries"u8);
        foreach (var entry in entries)
        {
            NumberListJson.Write(json, entry);
        }

        json.WriteEndArray();
        json.WriteNumber("total"u8, total);
        json.WriteString("next"u8, more ? entries[^1].Sid.ToString() : null);
        json.WriteEndObject();
    }
}

/// <summary>What was put on a list.</summary>
sealed class NumberListPutAnswer(IReadOnlyList<(ListedNumber Listed, bool IsNew)> put) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("entries"u8);
        foreach (var (listed, _) in put)
        {
            NumberListJson.Write(json, listed);
        }

        json.WriteEndArray();
        json.WriteNumber("added"u8, put.Count(entry => entry.IsNew));
        json.WriteEndObject();
    }
}

/// <summary>How an entry is written.</summary>
static class NumberListJson
{
    public static void Write(Utf8JsonWriter json, ListedNumber listed)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, listed.Sid.ToString());
        json.WriteString("phone_number"u8, listed.IsPrefix ? null : listed.Value);
        json.WriteString("prefix"u8, listed.IsPrefix ? listed.Value : null);
        json.WriteString("note"u8, listed.Note);
        json.WriteString("created_at"u8, VerificationJson.Date(listed.CreatedAt));
        json.WriteString("expires_at"u8, listed.ExpiresAt is { } end ? VerificationJson.Date(end) : null);
        json.WriteEndObject();
    }
}
