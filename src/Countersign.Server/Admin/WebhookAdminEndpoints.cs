using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Registry;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>What Twilio's webhooks do not have: the secret that signs for one, a new one, and an event to try it with.</summary>
sealed class WebhookAdminEndpoints(IRegistry<Webhook> webhooks, SendTestEvent test, TimeProvider time, RandomSource random)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/v1/webhooks/{webhook}", AnswerMapping.Answering(Fetch));
        routes.MapPost("/admin/v1/webhooks/{webhook}/secret", AnswerMapping.Answering(RotateAsync));
        routes.MapPost("/admin/v1/webhooks/{webhook}/test", AnswerMapping.Answering(TestAsync));
    }

    ValueTask<IResult> Fetch(HttpContext context) => new(Find(context) is { } found ? new WebhookSecretAnswer(found) : ApiErrors.NotFound(context.Request.Path));

    async ValueTask<IResult> RotateAsync(HttpContext context)
    {
        if (Find(context) is not { } found)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var now = time.GetUtcNow();
        var after = await webhooks.PutAsync(
            found.AccountSid,
            found.Name,
            before => before is null ? null : before with { Secret = SigningSecret.New(random), Retired = (before.Secret, now + SecretRotation.Overlap), UpdatedAt = now },
            context.RequestAborted);
        return after is null ? ApiErrors.NotFound(context.Request.Path) : new WebhookSecretAnswer(after);
    }

    async ValueTask<IResult> TestAsync(HttpContext context) =>
        Find(context) is not { } found ? ApiErrors.NotFound(context.Request.Path)
        : await test.RunAsync(found, context.RequestAborted) is { } kept ? new TestEventAnswer(kept)
        : ApiErrors.TooManyRequests(null, "too_many_events");

    Webhook? Find(HttpContext context) => Sid.TryParse((string)context.Request.RouteValues["webhook"]!, "YW", out var sid)
        ? webhooks.Of(Caller.Of(context).AccountSid).FirstOrDefault(webhook => webhook.Sid == sid)
        : null;

    sealed class WebhookSecretAnswer(Webhook webhook) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, webhook.Sid.ToString());
            json.WriteString("service_sid"u8, webhook.ServiceSid.ToString());
            json.WriteString("signing_secret"u8, webhook.Secret.Reveal());
            json.WriteString("previous_secret_until"u8, webhook.Retired is { } retired ? VerificationJson.Date(retired.Until) : null);
            json.WriteString("date_updated"u8, VerificationJson.Date(webhook.UpdatedAt));
            json.WriteEndObject();
        }
    }
}
