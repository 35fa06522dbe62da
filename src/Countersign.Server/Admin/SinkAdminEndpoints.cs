using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Registry;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>Sinks: where an account's events go as CloudEvents, of every service that has its event subscription enabled.</summary>
sealed class SinkAdminEndpoints(IRegistry<EventSink> sinks, IEventStore events, SendTestEvent test, AddressRules rules, TimeProvider time, RandomSource random)
{
    const int MaxDescription = 64, MaxTypes = 32;

    static readonly string[] Names = ["url", "description", "types", "enabled"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/v1/sinks", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/admin/v1/sinks", AnswerMapping.Answering(List));
        routes.MapGet("/admin/v1/sinks/{sink}", AnswerMapping.Answering(Fetch));
        routes.MapPost("/admin/v1/sinks/{sink}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/admin/v1/sinks/{sink}", AnswerMapping.Answering(DeleteAsync));
        routes.MapPost("/admin/v1/sinks/{sink}/secret", AnswerMapping.Answering(RotateAsync));
        routes.MapPost("/admin/v1/sinks/{sink}/test", AnswerMapping.Answering(TestAsync));
    }

    ValueTask<IResult> List(HttpContext context) =>
        new(new ListAnswer<EventSink>("sinks", sinks.Of(Caller.Of(context).AccountSid), static (json, sink) => SinkJson.Write(json, sink, withSecret: false)));

    ValueTask<IResult> Fetch(HttpContext context) =>
        new(Find(context) is { } found ? new SinkAnswer(StatusCodes.Status200OK, found) : ApiErrors.NotFound(context.Request.Path));

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var account = Caller.Of(context).AccountSid;
        var (change, error) = await ReadAsync(context, isNew: true);
        if (change is null)
        {
            return error!;
        }

        var now = RegistryPage.NextMoment(sinks.Of(account).Select(other => other.CreatedAt), time.GetUtcNow());
        var made = change(new EventSink { Sid = Sid.NewRandom("DG", random), AccountSid = account, Url = "", Secret = SigningSecret.New(random), CreatedAt = now, UpdatedAt = now });
        return await sinks.PutAsync(account, made.Name, _ => made, ct) is null ? ApiErrors.TooManyRequests(null, "too_many_sinks") : new SinkAnswer(StatusCodes.Status201Created, made);
    }

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        if (Find(context) is not { } found)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (change, error) = await ReadAsync(context, isNew: false);
        return change is null ? error! : await ChangeAsync(context, found, change);
    }

    async ValueTask<IResult> RotateAsync(HttpContext context) => Find(context) is { } found
        ? await ChangeAsync(context, found, before => before with { Secret = SigningSecret.New(random), Retired = (before.Secret, time.GetUtcNow() + SecretRotation.Overlap) })
        : ApiErrors.NotFound(context.Request.Path);

    async ValueTask<IResult> TestAsync(HttpContext context) =>
        Find(context) is not { } found ? ApiErrors.NotFound(context.Request.Path)
        : await test.RunAsync(found, context.RequestAborted) is { } kept ? new TestEventAnswer(kept)
        : ApiErrors.TooManyRequests(null, "too_many_events");

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        if (Find(context) is not { } found || !await sinks.DeleteAsync(found.AccountSid, found.Name, context.RequestAborted))
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        // The sink is gone, so what waits for it goes whether the caller waits for that or not.
        await events.RemoveOfAsync(found.Sid, CancellationToken.None);
        return NoContentAnswer.Instance;
    }

    async ValueTask<IResult> ChangeAsync(HttpContext context, EventSink found, Func<EventSink, EventSink> change)
    {
        var now = time.GetUtcNow();
        return await sinks.PutAsync(found.AccountSid, found.Name, before => before is null ? null : change(before) with { UpdatedAt = now }, context.RequestAborted) is { } after
            ? new SinkAnswer(StatusCodes.Status200OK, after)
            : ApiErrors.NotFound(context.Request.Path);
    }

    async ValueTask<(Func<EventSink, EventSink>? Change, ApiError? Error)> ReadAsync(HttpContext context, bool isNew)
    {
        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, context.RequestAborted);
        if (body is null)
        {
            return (null, error);
        }

        var url = body.Text("url", 1, ReceiverAddress.MaxLength);
        if (body.Error is null && url is null && isNew)
        {
            return (null, ApiErrors.MissingParameter("url"));
        }

        if (body.Error is null && url is not null && ReceiverAddress.ProblemOf(url, rules) is var (reason, explanation))
        {
            body.Invalid("url", reason, explanation);
        }

        var description = body.Text("description", 0, MaxDescription);
        var types = body.Texts("types", MaxTypes, 128);
        if (types?.FirstOrDefault(type => !EventTypes.CloudNames.ContainsKey(type)) is not null)
        {
            body.Invalid("types", "unknown_event_type", $"Each must be one of {string.Join(", ", EventTypes.CloudNames.Keys.Order(StringComparer.Ordinal))}. An empty list is all of them.");
        }

        var enabled = body.Flag("enabled");
        return body.Error is { } wrong ? (null, wrong) : (before => before with
        {
            Url = url ?? before.Url,
            Description = description ?? before.Description,
            CloudTypes = types is null ? before.CloudTypes : [.. types.Distinct(StringComparer.Ordinal)],
            IsEnabled = enabled ?? before.IsEnabled,
        }, null);
    }

    EventSink? Find(HttpContext context) =>
        Sid.TryParse((string)context.Request.RouteValues["sink"]!, "DG", out var sid) ? sinks.Find(Caller.Of(context).AccountSid, sid.ToString()) : null;
}

/// <summary>One sink, with its secret.</summary>
sealed class SinkAnswer(int status, EventSink sink) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => SinkJson.Write(json, sink, withSecret: true);
}

/// <summary>How a sink is written.</summary>
static class SinkJson
{
    public static void Write(Utf8JsonWriter json, EventSink sink, bool withSecret)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, sink.Sid.ToString());
        json.WriteString("url"u8, sink.Url);
        json.WriteString("description"u8, sink.Description);
        json.WriteStartArray("types"u8);
        foreach (var type in sink.CloudTypes)
        {
            json.WriteStringValue(type);
        }

        json.WriteEndArray();
        json.WriteBoolean("enabled"u8, sink.IsEnabled);
        if (withSecret)
        {
            json.WriteString("signing_secret"u8, sink.Secret.Reveal());
            json.WriteString("previous_secret_until"u8, sink.Retired is { } retired ? VerificationJson.Date(retired.Until) : null);
        }

        json.WriteString("date_created"u8, VerificationJson.Date(sink.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(sink.UpdatedAt));
        json.WriteEndObject();
    }
}
