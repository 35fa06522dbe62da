using System.Text.Json;
using Countersign.Core.Factors;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>Tokens with which an app that has no credentials makes its push factor.</summary>
sealed class AccessTokenEndpoints(IServiceStore services, IEntityStore entities, CreateAccessToken create, AccessTokenSeal seal, PublicAddress address)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/AccessTokens", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/AccessTokens/{token}", AnswerMapping.Answering(FetchAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (binder, error) = await EntityLookup.ReadAsync(context);
        if (binder is null)
        {
            return error!;
        }

        if (!EntityIdentity.TryParse(binder.RequiredText("Identity", 1, 1024), out var identity))
        {
            // What was wrong first stays said.
            binder.Invalid("Identity", null, "invalid_identity", EntityLookup.IdentityRule);
        }

        if (binder.RequiredText("FactorType", 1, 64) is var type && type != "push")
        {
            binder.Invalid("FactorType", type, "not_a_choice", "Must be push.");
        }

        var name = binder.Text("FactorFriendlyName", 1, FactorLimits.MaxFriendlyName);
        var seconds = binder.Integer("Ttl", CreateAccessToken.MinSeconds, CreateAccessToken.MaxSeconds);
        if (binder.Error is { } invalid)
        {
            return FactorErrors.AccessTokenInvalid(invalid);
        }

        var token = await create.RunAsync(service.AccountSid, service.Sid, identity!, name, seconds, ct);
        return new AccessTokenAnswer(StatusCodes.Status201Created, token, seal.Write(token), address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service ? ApiErrors.NotFound(context.Request.Path)
        : EntityLookup.SidIn(context, "token", "YK") is { } sid && await entities.FindTokenAsync(service.Sid, sid, context.RequestAborted) is { } found
            ? new AccessTokenAnswer(StatusCodes.Status200OK, found, seal.Write(found), address.Of(context.Request))
        : ApiErrors.NotFound(context.Request.Path, explanation: "The service has no access token (YK…) of this SID, or it is so old that it was removed.");
}

/// <summary>One access token.</summary>
sealed class AccessTokenAnswer(int status, AccessToken token, string text, string address) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, token.Sid.ToString());
        json.WriteString("account_sid"u8, token.AccountSid.ToString());
        json.WriteString("service_sid"u8, token.ServiceSid.ToString());
        json.WriteString("entity_identity"u8, token.Identity.Reveal());
        json.WriteString("factor_type"u8, FactorTypes.NameOf(token.FactorType));
        json.WriteString("factor_friendly_name"u8, token.FactorFriendlyName);
        json.WriteNumber("ttl"u8, (int)token.Lifetime.TotalSeconds);
        VerificationJson.WriteDate(json, "date_created"u8, token.CreatedAt);
        json.WriteString("token"u8, text);
        json.WriteString("url"u8, $"{address}/v2/Services/{token.ServiceSid}/AccessTokens/{token.Sid}");
        json.WriteEndObject();
    }
}
