using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>A service's webhooks: where its events are posted to.</summary>
sealed class WebhookEndpoints(
    IServiceStore services, IRegistry<Webhook> webhooks, IEventStore events, AddressRules rules, PublicAddress address, TimeProvider time, RandomSource random)
{
    const int MaxFriendlyName = 64, MaxEventTypes = 32;

    static readonly (string, bool)[] Statuses = [("enabled", true), ("disabled", false)];

    static readonly (string, int)[] Versions = [("v1", 1), ("v2", 2)];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Webhooks", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/Webhooks", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/Webhooks/{webhook}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/Webhooks/{webhook}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/v2/Services/{service}/Webhooks/{webhook}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (change, error) = await ReadAsync(context, isNew: true);
        if (change is null)
        {
            return error!;
        }

        var now = RegistryPage.NextMoment(webhooks.Of(service).Select(other => other.CreatedAt), time.GetUtcNow());
        var made = change(new Webhook
        {
            Sid = Sid.NewRandom("YW", random),
            AccountSid = service.AccountSid,
            ServiceSid = service.Sid,
            FriendlyName = "",
            EventNames = [],
            Url = "",
            Secret = SigningSecret.New(random),
            CreatedAt = now,
            UpdatedAt = now,
        });
        return await webhooks.PutAsync(service.AccountSid, made.Name, _ => made, ct) is null
            ? ApiErrors.TooManyRequests(null, "too_many_webhooks")
            : new WebhookAnswer(StatusCodes.Status201Created, made, address.Of(context.Request));
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (!ListQuery.TryBind(context.Request, out var list, out var error))
        {
            return error;
        }

        var page = RegistryPage.Of(webhooks.Of(service), webhook => webhook.CreatedAt, webhook => webhook.Sid.ToString(), list.Request);
        return new WebhookListAnswer(page, list, service.Sid, address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service ? ApiErrors.NotFound(context.Request.Path)
        : webhooks.Find(service, context) is { } found ? new WebhookAnswer(StatusCodes.Status200OK, found, address.Of(context.Request))
        : NotFound(context);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (webhooks.Find(service, context) is not { } found)
        {
            return NotFound(context);
        }

        var (change, error) = await ReadAsync(context, isNew: false);
        if (change is null)
        {
            return error!;
        }

        var now = time.GetUtcNow();
        return await webhooks.PutAsync(found.AccountSid, found.Name, before => before is null ? null : change(before) with { UpdatedAt = now }, ct) is { } after
            ? new WebhookAnswer(StatusCodes.Status200OK, after, address.Of(context.Request))
            : NotFound(context);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (webhooks.Find(service, context) is not { } found || !await webhooks.DeleteAsync(service.AccountSid, found.Name, ct))
        {
            return NotFound(context);
        }

        // The webhook is gone, so what waits for it goes whether the caller waits for that or not.
        await events.RemoveOfAsync(found.Sid, CancellationToken.None);
        return NoContentAnswer.Instance;
    }

    /// <summary>What the form changes of a webhook.</summary>
    async ValueTask<(Func<Webhook, Webhook>? Change, ApiError? Error)> ReadAsync(HttpContext context, bool isNew)
    {
        var read = await FormReader.ReadAsync(context.Request, context.RequestAborted);
        if (!read.TryGet(out var form, out var error))
        {
            return (null, error);
        }

        var binder = new FormBinder(form);
        var name = isNew ? binder.RequiredText("FriendlyName", 1, MaxFriendlyName) : binder.Text("FriendlyName", 1, MaxFriendlyName);
        var types = ReadTypes(binder, isNew);
        var url = isNew ? binder.RequiredText("WebhookUrl", 1, ReceiverAddress.MaxLength) : binder.Text("WebhookUrl", 1, ReceiverAddress.MaxLength);
        if (binder.Error is null && url is not null && ReceiverAddress.ProblemOf(url, rules) is var (reason, explanation))
        {
            // Not repeated: an address may hold a token.
            binder.Invalid("WebhookUrl", null, reason, explanation);
        }

        var enabled = binder.Choice("Status", Statuses);
        var version = binder.Choice("Version", Versions);
        return binder.Error is { } wrong ? (null, wrong) : (before => before with
        {
            FriendlyName = name ?? before.FriendlyName,
            EventNames = types ?? before.EventNames,
            Url = url ?? before.Url,
            IsEnabled = enabled ?? before.IsEnabled,
            Version = version is { } number ? $"v{number}" : before.Version,
        }, null);
    }

    static string[]? ReadTypes(FormBinder binder, bool isNew)
    {
        if (binder.Many("EventTypes") is not { } types)
        {
            if (isNew)
            {
                binder.Fail(ApiErrors.MissingParameter("EventTypes"));
            }

            return null;
        }

        if (types.Length > MaxEventTypes || Array.Find(types, type => !EventTypes.IsKnown(type)) is not null)
        {
            binder.Fail(ApiErrors.InvalidEventTypes([.. EventTypes.Known]));
        }

        return [.. types.Distinct(StringComparer.Ordinal)];
    }

    static ApiError NotFound(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The service has no webhook (YW…) of this SID. GET …/Webhooks lists those that it has.");
}
