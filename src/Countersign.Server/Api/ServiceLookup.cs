using Countersign.Core;
using Countersign.Core.Services;

namespace Countersign.Server.Api;

/// <summary>The service that a path names.</summary>
static class ServiceLookup
{
    /// <summary>The caller's own service; null for one that does not exist and, not to be told apart, for another account's.</summary>
    public static async ValueTask<VerifyService?> FindAsync(IServiceStore services, HttpContext context, CancellationToken ct) =>
        Sid.TryParse(context.Request.RouteValues["service"] as string, "VA", out var sid)
        && await services.FindAsync(sid, ct) is { } service
        && service.AccountSid == Caller.Of(context).AccountSid
            ? service
            : null;
}
