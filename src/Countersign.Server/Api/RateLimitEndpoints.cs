using System.Text.RegularExpressions;
using Countersign.Core;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>A service's own rate limits: what it counts starts by, beside the limits that are built in.</summary>
sealed partial class RateLimitEndpoints(IServiceStore services, IRegistry<RateLimit> limits, PublicAddress address, TimeProvider time, RandomSource random)
{
    const int MaxDescription = 256;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/RateLimits", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/RateLimits", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/RateLimits/{limit}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/RateLimits/{limit}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/v2/Services/{service}/RateLimits/{limit}", AnswerMapping.Answering(DeleteAsync));
    }

    /// <summary>Where nothing has the SID, or it is another service's.</summary>
    public static ApiError NotFound(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The service has no rate limit (RK…) of this SID. GET …/RateLimits lists those that it has.");

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        var name = binder.RequiredText("UniqueName", 1, 1024);
        if (binder.Error is null && (name.Length > RateLimit.MaxUniqueName || !NamePattern().IsMatch(name)))
        {
            binder.Fail(ApiErrors.RateLimitName(name));
        }

        var description = binder.Text("Description", 0, MaxDescription);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var now = RegistryPage.NextMoment(limits.Of(service).Select(other => other.CreatedAt), time.GetUtcNow());
        var made = new RateLimit
        {
            Sid = Sid.NewRandom("RK", random),
            AccountSid = service.AccountSid,
            ServiceSid = service.Sid,
            UniqueName = name,
            Description = description ?? "",
            CreatedAt = now,
            UpdatedAt = now,
        };
        var after = await limits.PutAsync(service.AccountSid, made.Name, before => before is null ? made : null, ct);
        return after is null ? TooMany(service)
            : ReferenceEquals(after, made) ? new RateLimitAnswer(StatusCodes.Status201Created, made, address.Of(context.Request))
            : ApiErrors.RateLimitExists(name);
    }

    /// <summary>The registry says that there is no room, and not whether in the service or in the account.</summary>
    ApiError TooMany(VerifyService service) => limits.Of(service.AccountSid).Count >= IRegistry<RateLimit>.MaxPerAccount && limits.Of(service).Count() < RateLimit.MaxPerService
        ? ApiErrors.TooManyRequests(null, "too_many_rate_limits")
        : ApiErrors.MaxRateLimits(RateLimit.MaxPerService);

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

        var page = RegistryPage.Of(limits.Of(service), limit => limit.CreatedAt, limit => limit.Sid.ToString(), list.Request);
        return new RateLimitListAnswer(page, list, service.Sid, address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service ? ApiErrors.NotFound(context.Request.Path)
        : limits.Find(service, context) is { } found ? new RateLimitAnswer(StatusCodes.Status200OK, found, address.Of(context.Request))
        : NotFound(context);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (limits.Find(service, context) is not { } found)
        {
            return NotFound(context);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        var description = binder.Text("Description", 0, MaxDescription);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var now = time.GetUtcNow();
        return await limits.ChangeAsync(found, before => before with { Description = description ?? before.Description, UpdatedAt = now }, ct) is { } after
            ? new RateLimitAnswer(StatusCodes.Status200OK, after, address.Of(context.Request))
            : NotFound(context);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        return await ServiceLookup.FindAsync(services, context, ct) is not { } service ? ApiErrors.NotFound(context.Request.Path)
            : limits.Find(service, context) is { } found && await limits.DeleteAsync(service.AccountSid, found.Name, ct) ? NoContentAnswer.Instance
            : NotFound(context);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]+\z")]
    private static partial Regex NamePattern();
}
