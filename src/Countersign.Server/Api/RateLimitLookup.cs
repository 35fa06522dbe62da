using Countersign.Core;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Server.Api;

/// <summary>The rate limits that a path names.</summary>
static class RateLimitLookup
{
    /// <summary>A service's limits in the order of creation.</summary>
    public static IEnumerable<RateLimit> Of(this IRegistry<RateLimit> limits, VerifyService service) =>
        limits.Of(service.AccountSid).Where(limit => limit.ServiceSid == service.Sid);

    /// <summary>The service's limit that the path names; null where there is none.</summary>
    public static RateLimit? Find(this IRegistry<RateLimit> limits, VerifyService service, HttpContext context) =>
        Sid.TryParse(context.Request.RouteValues["limit"] as string, "RK", out var sid) ? limits.Of(service).FirstOrDefault(limit => limit.Sid == sid) : null;

    /// <summary>Changes a limit that was found, unless it was removed meanwhile, or made anew under its name: then null.</summary>
    public static async Task<RateLimit?> ChangeAsync(this IRegistry<RateLimit> limits, RateLimit found, Func<RateLimit, RateLimit?> change, CancellationToken ct)
    {
        var after = await limits.PutAsync(found.AccountSid, found.Name, before => before?.Sid == found.Sid ? change(before) : null, ct);
        return after?.Sid == found.Sid ? after : null;
    }
}
