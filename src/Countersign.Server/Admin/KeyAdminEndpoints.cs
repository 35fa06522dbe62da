using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>
/// API keys of the caller's account: made, read, changed and revoked; a secret is shown once, when it is made. The gate lets only Auth Tokens and main keys come here.
/// </summary>
sealed class KeyAdminEndpoints(IAccountStore accounts, Authenticate authenticate, SecretHasher hasher, TimeProvider time, RandomSource random)
{
    static readonly string[] Made = ["friendly_name", "kind", "policy"], Changed = ["friendly_name", "policy"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/v1/keys", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/admin/v1/keys", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/admin/v1/keys/{key}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/admin/v1/keys/{key}", AnswerMapping.Answering(ChangeAsync));
        routes.MapDelete("/admin/v1/keys/{key}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (body, error) = await AdminBody.ReadAsync(context.Request, Made, ct);
        if (body is null)
        {
            return error!;
        }

        var name = body.Text("friendly_name", 1, 64);
        var kind = KeyForms.Kind(body);
        var allow = KeyForms.Policy(body);
        if (body.Error is null && (kind == ApiKeyKind.Restricted) == allow is null)
        {
            body.Invalid("policy", allow is null ? "missing" : "not_restricted", "A restricted key needs a policy, and no other has one.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        var secret = ApiSecret.New(random);
        var key = new ApiKey
        {
            Sid = Sid.NewRandom("SK", random),
            AccountSid = Caller.Of(context).AccountSid,
            FriendlyName = name ?? "",
            SecretHash = hasher.Hash(secret),
            Kind = kind,
            Allow = allow ?? [],
            CreatedAt = time.GetUtcNow(),
        };
        return await accounts.CreateKeyAsync(key, ct) ? new KeyAnswer(StatusCodes.Status201Created, key, secret) : ApiErrors.TooManyRequests(null, "too_many_keys");
    }

    async ValueTask<IResult> ListAsync(HttpContext context) =>
        new ListAnswer<ApiKey>("keys", await accounts.ListKeysAsync(Caller.Of(context).AccountSid, context.RequestAborted), static (json, key) => WriteKey(json, key, null));

    async ValueTask<IResult> FetchAsync(HttpContext context) => await FindAsync(context) is { } key ? new KeyAnswer(StatusCodes.Status200OK, key, null) : NotFound(context);

    async ValueTask<IResult> ChangeAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await FindAsync(context) is not { } key)
        {
            return NotFound(context);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Changed, ct);
        if (body is null)
        {
            return error!;
        }

        var name = body.Text("friendly_name", 1, 64);
        var allow = KeyForms.Policy(body);
        if (allow is not null && key.Kind != ApiKeyKind.Restricted)
        {
            body.Invalid("policy", "not_restricted", "Only a restricted key has a policy. What kind a key is stays as it was made.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        ApiKey? changed;
        try
        {
            changed = await accounts.ChangeKeyAsync(key.AccountSid, key.Sid, name, allow, ct);
        }
        finally
        {
            authenticate.Forget(key.Sid); // Also after a failure: the store may have changed it all the same.
        }

        return changed is null ? NotFound(context) : new KeyAnswer(StatusCodes.Status200OK, changed, null);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        if (!Sid.TryParse((string)context.Request.RouteValues["key"]!, "SK", out var sid))
        {
            return NotFound(context);
        }

        var account = Caller.Of(context).AccountSid;
        bool? isDeleted = null;
        try
        {
            isDeleted = await accounts.DeleteKeyAsync(account, sid, context.RequestAborted);
        }
        finally
        {
            // Also after a failure, and where there is none: the store may have removed it all the same, now or when it was asked before.
            if (isDeleted == false)
            {
                authenticate.ForgetGone(sid, account);
            }
            else
            {
                authenticate.Forget(sid);
            }
        }

        return isDeleted.Value ? NoContentAnswer.Instance : NotFound(context);
    }

    async Task<ApiKey?> FindAsync(HttpContext context) =>
        Sid.TryParse((string)context.Request.RouteValues["key"]!, "SK", out var sid)
        && await accounts.FindKeyAsync(sid, context.RequestAborted) is { } key && key.AccountSid == Caller.Of(context).AccountSid
            ? key
            : null;

    static ApiError NotFound(HttpContext context) => ApiErrors.NotFound(context.Request.Path);

    sealed class KeyAnswer(int status, ApiKey key, ApiSecret? secret) : JsonAnswer(status)
    {
        protected override void Write(Utf8JsonWriter json) => WriteKey(json, key, secret);
    }

    static void WriteKey(Utf8JsonWriter json, ApiKey key, ApiSecret? secret)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, key.Sid.ToString());
        json.WriteString("friendly_name"u8, key.FriendlyName);
        json.WriteString("kind"u8, KeyForms.NameOf(key.Kind));
        if (key.Kind == ApiKeyKind.Restricted)
        {
            json.WriteStartObject("policy"u8);
            json.WriteStartArray("allow"u8);
            foreach (var permission in key.Allow)
            {
                json.WriteStringValue(permission);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("policy"u8);
        }

        if (secret is not null)
        {
            json.WriteString("secret"u8, secret.Reveal());
        }

        json.WriteString("date_created"u8, VerificationJson.Date(key.CreatedAt));
        json.WriteEndObject();
    }
}
