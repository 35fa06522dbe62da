using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Registry;
using Countersign.Core.Services;

namespace Countersign.Server.Api;

/// <summary>The webhooks that a path names.</summary>
static class WebhookLookup
{
    /// <summary>A service's webhooks in the order of creation.</summary>
    public static IEnumerable<Webhook> Of(this IRegistry<Webhook> webhooks, VerifyService service) =>
        webhooks.Of(service.AccountSid).Where(webhook => webhook.ServiceSid == service.Sid);

    /// <summary>The service's webhook that the path names; null where there is none.</summary>
    public static Webhook? Find(this IRegistry<Webhook> webhooks, VerifyService service, HttpContext context) =>
        Sid.TryParse(context.Request.RouteValues["webhook"] as string, "YW", out var sid) ? webhooks.Of(service).FirstOrDefault(webhook => webhook.Sid == sid) : null;
}
