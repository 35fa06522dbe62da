using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>API keys of the caller's account: made, listed and revoked; a secret is shown once, when it is made.</summary>
sealed class KeyAdminEndpoints(IAccountStore accounts, Authenticate authenticate, SecretHasher hasher, TimeProvider time, RandomSource random)
{
    const int MaxKeys = 1000;

    static readonly string[] Names = ["friendly_name"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/v1/keys", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/admin/v1/keys", AnswerMapping.Answering(ListAsync));
        routes.MapDelete("/admin/v1/keys/{key}", AnswerMapping.Answering(DeleteAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        var name = body.Text("friendly_name", 1, 64);
        if (body.Error is not null)
        {
            return body.Error;
        }

        var account = Caller.Of(context).AccountSid;
        if ((await accounts.ListKeysAsync(account, ct)).Count >= MaxKeys)
        {
            return ApiErrors.TooManyRequests(null, "too_many_keys");
        }

        var secret = ApiSecret.New(random);
        var key = new ApiKey
        {
            Sid = Sid.NewRandom("SK", random),
            AccountSid = account,
            FriendlyName = name ?? "",
            SecretHash = hasher.Hash(secret),
            CreatedAt = time.GetUtcNow(),
        };
        await accounts.CreateKeyAsync(key, ct);
        return new KeyAnswer(key, secret);
    }

    async ValueTask<IResult> ListAsync(HttpContext context) =>
        new KeyListAnswer(await accounts.ListKeysAsync(Caller.Of(context).AccountSid, context.RequestAborted));

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        if (!Sid.TryParse((string)context.Request.RouteValues["key"]!, "SK", out var sid)
            || !await accounts.DeleteKeyAsync(Caller.Of(context).AccountSid, sid, context.RequestAborted))
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        authenticate.Forget(sid);
        return NoContentAnswer.Instance;
    }

    sealed class KeyAnswer(ApiKey key, ApiSecret secret) : JsonAnswer(StatusCodes.Status201Created)
    {
        protected override void Write(Utf8JsonWriter json) => WriteKey(json, key, secret);
    }

    sealed class KeyListAnswer(IReadOnlyList<ApiKey> keys) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("keys"u8);
            foreach (var key in keys)
            {
                WriteKey(json, key, null);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    static void WriteKey(Utf8JsonWriter json, ApiKey key, ApiSecret? secret)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, key.Sid.ToString());
        json.WriteString("friendly_name"u8, key.FriendlyName);
        if (secret is not null)
        {
            json.WriteString("secret"u8, secret.Reveal());
        }

        json.WriteString("date_created"u8, VerificationJson.Date(key.CreatedAt));
        json.WriteEndObject();
    }
}
