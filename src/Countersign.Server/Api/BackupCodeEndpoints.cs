using System.Text.Json;
using Countersign.Core.Codes;
using Countersign.Core.Factors;
using Countersign.Core.Factors.BackupCodes;
using Countersign.Core.Guard.Challenges;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>Codes that a person keeps for the day when all else is lost. Not in Twilio's API; everything about them looks as if it were.</summary>
sealed class BackupCodeEndpoints(EntityLookup lookup, IEntityStore entities, CreateBackupCodes create, CheckBackupCode check, DeleteBackupCodes delete, PassByFactor pass)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/BackupCodes", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/Entities/{identity}/BackupCodes", AnswerMapping.Answering(FetchAsync));
        routes.MapDelete("/v2/Services/{service}/Entities/{identity}/BackupCodes", AnswerMapping.Answering(DeleteAsync));
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/BackupCodes/Check", AnswerMapping.Answering(CheckAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        var made = await create.RunAsync(path.Service.AccountSid, path.Service.Sid, path.Identity, context.RequestAborted);
        return new BackupCodesAnswer(StatusCodes.Status201Created, made.Set, made.Codes);
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        var state = await entities.ReadAsync(path.Key, new EntityRead(Only: FactorType.BackupCodes), context.RequestAborted);
        return state.Factors is [var set, ..]
            ? new BackupCodesAnswer(StatusCodes.Status200OK, set, null)
            : None(context);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        return path is null ? error!
            : await delete.RunAsync(path.Service.Sid, path.Identity, context.RequestAborted) ? NoContentAnswer.Instance
            : None(context);
    }

    async ValueTask<IResult> CheckAsync(HttpContext context)
    {
        var (path, binder, error) = await lookup.FindAndReadAsync(context);
        if (path is null || binder is null)
        {
            return error!;
        }

        var typed = binder.RequiredText("Code", 1, TypedCode.MaxTyped);
        var to = VerificationForms.BindOptionalTo(binder);
        if (binder.Error is { } missing)
        {
            return FactorErrors.InvalidRequest(missing);
        }

        return await check.RunAsync(path.Service.Sid, path.Identity, typed, context.RequestAborted) switch
        {
            CheckBackupCodeResult.Approved approved => new BackupCodeCheckAnswer(approved.Set, true, approved.Left,
                to is null ? null : await pass.RunAsync(path.Service.Sid, to, approved.Set.CreatedAt, CancellationToken.None)),
            CheckBackupCodeResult.Wrong wrong => new BackupCodeCheckAnswer(wrong.Set, false, wrong.Left, null),
            CheckBackupCodeResult.TooMany many => FactorErrors.MaxBackupCodeChecks(many.RetryIn),
            CheckBackupCodeResult.None => None(context),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    static ApiError None(HttpContext context) => ApiErrors.NotFound(context.Request.Path, explanation: "The entity has no backup codes. POST …/BackupCodes makes ten.");
}

/// <summary>A set of codes; the codes themselves only when it was made.</summary>
sealed class BackupCodesAnswer(int status, Factor set, IReadOnlyList<BackupCode>? codes) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        BackupCodeJson.WriteHead(json, set);
        if (codes is not null)
        {
            json.WriteStartArray("codes"u8);
            foreach (var code in codes)
            {
                json.WriteStringValue(code.RevealGrouped());
            }

            json.WriteEndArray();
        }

        json.WriteNumber("codes_left"u8, BackupCodeDocument.Of(set).Left.Count);
        VerificationJson.WriteDate(json, "date_created"u8, set.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, set.UpdatedAt);
        json.WriteEndObject();
    }
}

/// <summary>A try, in the words of a check of a verification.</summary>
sealed class BackupCodeCheckAnswer(Factor set, bool approved, int left, FactorPass? next) : JsonAnswer(StatusCodes.Status200OK)
{
    protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        BackupCodeJson.WriteHead(json, set);
        json.WriteString("status"u8, approved ? "approved"u8 : "pending"u8);
        json.WriteBoolean("valid"u8, approved);
        json.WriteNumber("codes_left"u8, left);
        VerificationJson.WriteDate(json, "date_created"u8, set.CreatedAt);
        VerificationJson.WriteDate(json, "date_updated"u8, set.UpdatedAt);
        FactorPassJson.Write(json, next);
        json.WriteEndObject();
    }
}

/// <summary>What both have.</summary>
static class BackupCodeJson
{
    public static void WriteHead(Utf8JsonWriter json, Factor set)
    {
        json.WriteString("sid"u8, set.Sid.ToString());
        json.WriteString("account_sid"u8, set.AccountSid.ToString());
        json.WriteString("service_sid"u8, set.ServiceSid.ToString());
        json.WriteString("entity_sid"u8, set.EntitySid.ToString());
        json.WriteString("identity"u8, set.Identity.Reveal());
    }
}
