using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Registry;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>Pools of senders, which the messaging configurations of services name.</summary>
sealed class MessagingServiceAdminEndpoints(
    IRegistry<MessagingService> pools, IRegistry<MessagingConfiguration> configurations, IRegistry<CarrierDefinition> carriers, TimeProvider time)
{
    const int MostUsers = 10, MostCarriers = 100;

    static readonly string[] Names = ["senders", "brandless", "carriers"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/admin/v1/messaging-services", AnswerMapping.Answering(List));
        endpoints.MapGet("/admin/v1/messaging-services/{pool}", AnswerMapping.Answering(Fetch));
        endpoints.MapPut("/admin/v1/messaging-services/{pool}", AnswerMapping.Answering(PutAsync));
        endpoints.MapDelete("/admin/v1/messaging-services/{pool}", AnswerMapping.Answering(DeleteAsync));
    }

    ValueTask<IResult> List(HttpContext context) =>
        new(new ListAnswer<MessagingService>("messaging_services", pools.Of(Caller.Of(context).AccountSid), MessagingServiceJson.Write));

    ValueTask<IResult> Fetch(HttpContext context) => new(
        TryReadSid(context, out var sid) && pools.Find(Caller.Of(context).AccountSid, sid.ToString()) is { } found
            ? new MessagingServiceAnswer(StatusCodes.Status200OK, found)
            : ApiErrors.NotFound(context.Request.Path));

    async ValueTask<IResult> PutAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var account = Caller.Of(context).AccountSid;
        if (!TryReadSid(context, out var sid))
        {
            return ApiErrors.InvalidParameter(
                "messaging_service", null, "not_a_sid", "A pool of senders is named MG and 32 hexadecimal digits: one brought along from Twilio, or any that you make up.");
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        var senders = ReadSenders(body);
        var brandless = body.IsNull("brandless") ? null : body.Flag("brandless");
        var only = body.IsNull("carriers") ? null : body.Texts("carriers", MostCarriers, 32);
        if (only?.FirstOrDefault(name => carriers.Find(account, name) is null) is not null)
        {
            body.Invalid("carriers", "unknown_carrier", "Each entry must be the name of one of this account's carriers; configure it first: PUT /admin/v1/carriers/{name}. Leave carriers out for all of them.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        var now = time.GetUtcNow();
        var isNew = false;
        var after = await pools.PutAsync(account, sid.ToString(), before =>
        {
            isNew = before is null;
            before ??= new MessagingService { Sid = sid, AccountSid = account, CreatedAt = now, UpdatedAt = now };
            return before with
            {
                Senders = senders ?? before.Senders,
                Brandless = body.Has("brandless") ? brandless : before.Brandless,
                Carriers = body.Has("carriers") ? only : before.Carriers,
                UpdatedAt = now,
            };
        }, ct);
        return after is null
            ? ApiErrors.TooManyRequests(null, "too_many_messaging_services")
            : new MessagingServiceAnswer(isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, after);
    }

    async ValueTask<IResult> DeleteAsync(HttpContext context)
    {
        var account = Caller.Of(context).AccountSid;
        if (!TryReadSid(context, out var sid) || pools.Find(account, sid.ToString()) is null)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var users = configurations.Of(account).Where(configuration => configuration.MessagingServiceSid == sid).Select(configuration => configuration.Name).Take(MostUsers).ToArray();
        if (users.Length > 0)
        {
            return ApiErrors.StillInUse("messaging_service_in_use", "These messaging configurations (service and country) name the pool. Change or delete them first.", users);
        }

        return await pools.DeleteAsync(account, sid.ToString(), context.RequestAborted) ? NoContentAnswer.Instance : ApiErrors.NotFound(context.Request.Path);
    }

    static IReadOnlyList<string>? ReadSenders(AdminBody body)
    {
        var senders = body.Texts("senders", MessagingService.MaxSenders, 16);
        if (senders?.FirstOrDefault(sender => !SenderFormat.TryParse(sender, out _)) is not null)
        {
            body.Invalid("senders", "not_a_sender", "A sender is a number with its plus sign, a short code of 3 to 8 digits, or a name of up to 11 letters, digits and spaces with a letter in it.");
        }
        else if (senders?.Distinct().Count() < senders?.Count)
        {
            body.Invalid("senders", "sender_twice", "A sender may stand in a pool once.");
        }

        return senders;
    }

    static bool TryReadSid(HttpContext context, out Sid sid) => Sid.TryParse((string)context.Request.RouteValues["pool"]!, "MG", out sid);
}

/// <summary>One pool of senders.</summary>
sealed class MessagingServiceAnswer(int status, MessagingService pool) : JsonAnswer(status)
{
    protected override void Write(Utf8JsonWriter json) => MessagingServiceJson.Write(json, pool);
}

/// <summary>How a pool of senders is written.</summary>
static class MessagingServiceJson
{
    public static void Write(Utf8JsonWriter json, MessagingService pool)
    {
        json.WriteStartObject();
        json.WriteString("sid"u8, pool.Sid.ToString());
        WriteTexts(json, "senders"u8, pool.Senders);
        if (pool.Brandless is { } brandless)
        {
            json.WriteBoolean("brandless"u8, brandless);
        }
        else
        {
            json.WriteNull("brandless"u8);
        }

        WriteTexts(json, "carriers"u8, pool.Carriers);
        json.WriteString("date_created"u8, VerificationJson.Date(pool.CreatedAt));
        json.WriteString("date_updated"u8, VerificationJson.Date(pool.UpdatedAt));
        json.WriteEndObject();
    }

    static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
