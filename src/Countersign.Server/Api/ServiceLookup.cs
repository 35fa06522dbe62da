using Countersign.Core;
using Countersign.Core.Services;

namespace Countersign.Server.Api;

/// <summary>The service that a path names.</summary>
static class ServiceLookup
{
    /// <summary>The caller's own service; null for one that does not exist and, not to be told apart, for another account's.</summary>
    public static ValueTask<VerifyService?> FindAsync(IServiceStore services, HttpContext context, CancellationToken ct)
    {
        if (!Sid.TryParse(context.Request.RouteValues["service"] as string, "VA", out var sid))
        {
            return default;
        }

        // Nearly always in memory: nothing to wait for.
        var found = services.FindAsync(sid, ct);
        return found.IsCompletedSuccessfully ? new ValueTask<VerifyService?>(Own(found.Result, context)) : WaitAsync(found, context);
    }

    static async ValueTask<VerifyService?> WaitAsync(ValueTask<VerifyService?> found, HttpContext context) => Own(await found, context);

    static VerifyService? Own(VerifyService? service, HttpContext context) => service?.AccountSid == Caller.Of(context).AccountSid ? service : null;
}
