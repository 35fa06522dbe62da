using Countersign.Core;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>The buckets of a rate limit: how many starts in which interval.</summary>
sealed class BucketEndpoints(IServiceStore services, IRegistry<RateLimit> limits, PublicAddress address, TimeProvider time, RandomSource random)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/RateLimits/{limit}/Buckets", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/RateLimits/{limit}/Buckets", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/RateLimits/{limit}/Buckets/{bucket}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/RateLimits/{limit}/Buckets/{bucket}", AnswerMapping.Answering(UpdateAsync));
        routes.MapDelete("/v2/Services/{service}/RateLimits/{limit}/Buckets/{bucket}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var (limit, error) = await FindAsync(context);
        if (limit is null)
        {
            return error!;
        }

        var (max, interval, invalid) = await ReadAsync(context, required: true);
        if (invalid is not null)
        {
            return invalid;
        }

        ApiError? refused = null;
        RateLimitBucket? made = null;
        var after = await limits.ChangeAsync(limit, before =>
        {
            refused = before.Buckets.Any(bucket => bucket.IntervalSeconds == interval) ? ApiErrors.BucketExists(interval!.Value)
                : before.Buckets.Count >= RateLimit.MaxBuckets ? ApiErrors.MaxBuckets(RateLimit.MaxBuckets)
                : null;
            if (refused is not null)
            {
                return null;
            }

            var now = RegistryPage.NextMoment(before.Buckets.Select(bucket => bucket.CreatedAt), time.GetUtcNow());
            made = new RateLimitBucket { Sid = Sid.NewRandom("BL", random), Max = max!.Value, IntervalSeconds = interval!.Value, CreatedAt = now, UpdatedAt = now };
            return before with { Buckets = [.. before.Buckets, made] };
        }, context.RequestAborted);
        return after is null ? RateLimitEndpoints.NotFound(context) : refused ?? (IResult)new BucketAnswer(StatusCodes.Status201Created, after, made!, address.Of(context.Request));
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        var (limit, missing) = await FindAsync(context);
        if (limit is null)
        {
            return missing!;
        }

        if (!ListQuery.TryBind(context.Request, out var list, out var error))
        {
            return error;
        }

        var page = RegistryPage.Of(limit.Buckets, bucket => bucket.CreatedAt, bucket => bucket.Sid.ToString(), list.Request);
        return new BucketListAnswer(page, list, limit, address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var (limit, missing) = await FindAsync(context);
        return limit is null ? missing!
            : Find(limit, context) is { } found ? new BucketAnswer(StatusCodes.Status200OK, limit, found, address.Of(context.Request))
            : NotFound(context);
    }

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var (limit, missing) = await FindAsync(context);
        if (limit is null)
        {
            return missing!;
        }

        if (Find(limit, context) is not { } found)
        {
            return NotFound(context);
        }

        var (max, interval, invalid) = await ReadAsync(context, required: false);
        if (invalid is not null)
        {
            return invalid;
        }

        ApiError? refused = null;
        var now = time.GetUtcNow();
        var after = await limits.ChangeAsync(limit, before =>
        {
            refused = before.Buckets.Any(bucket => bucket.Sid != found.Sid && bucket.IntervalSeconds == interval) ? ApiErrors.BucketExists(interval!.Value) : null;
            return refused is not null ? null : before with
            {
                Buckets = [.. before.Buckets.Select(bucket => bucket.Sid != found.Sid ? bucket : bucket with
                {
                    Max = max ?? bucket.Max,
                    IntervalSeconds = interval ?? bucket.IntervalSeconds,
                    UpdatedAt = now,
                })],
            };
        }, context.RequestAborted);
        return refused ?? (after is not null && Find(after, context) is { } changed
            ? new BucketAnswer(StatusCodes.Status200OK, after, changed, address.Of(context.Request))
            : (IResult)NotFound(context));
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var (limit, missing) = await FindAsync(context);
        if (limit is null)
        {
            return missing!;
        }

        if (Find(limit, context) is not { } found)
        {
            return NotFound(context);
        }

        await limits.ChangeAsync(limit, before => before with { Buckets = [.. before.Buckets.Where(bucket => bucket.Sid != found.Sid)] }, context.RequestAborted);
        return NoContentAnswer.Instance;
    }

    async ValueTask<(RateLimit? Limit, ApiError? Error)> FindAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service ? (null, ApiErrors.NotFound(context.Request.Path))
        : limits.Find(service, context) is { } limit ? (limit, null)
        : (null, RateLimitEndpoints.NotFound(context));

    static RateLimitBucket? Find(RateLimit limit, HttpContext context) =>
        Sid.TryParse(context.Request.RouteValues["bucket"] as string, "BL", out var sid) ? limit.Buckets.FirstOrDefault(bucket => bucket.Sid == sid) : null;

    static async ValueTask<(int? Max, int? Interval, ApiError? Error)> ReadAsync(HttpContext context, bool required)
    {
        var read = await FormReader.ReadAsync(context.Request, context.RequestAborted);
        if (!read.TryGet(out var form, out var error))
        {
            return (null, null, error);
        }

        var binder = new FormBinder(form);
        if (required)
        {
            binder.RequiredText("Max", 1, 64);
            binder.RequiredText("Interval", 1, 64);
        }

        var max = binder.Integer("Max", 1, RateLimitBucket.LargestMax);
        var interval = binder.Integer("Interval", 1, RateLimitBucket.LongestInterval);
        return (max, interval, binder.Error);
    }

    static ApiError NotFound(HttpContext context) =>
        ApiErrors.NotFound(context.Request.Path, explanation: "The rate limit has no bucket (BL…) of this SID. GET …/Buckets lists those that it has.");
}
