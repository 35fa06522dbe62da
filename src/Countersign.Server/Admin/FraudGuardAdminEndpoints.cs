using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>How strictly a service's Fraud Guard judges, and how it would judge one number now.</summary>
sealed class FraudGuardAdminEndpoints(IServiceStore services, FraudGuard guard, DestinationIndex index, TimeProvider time)
{
    static readonly string[] Names = ["level", "watch_only"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/v1/services/{service}/fraud-guard", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/admin/v1/services/{service}/fraud-guard", AnswerMapping.Answering(UpdateAsync));
        routes.MapGet("/admin/v1/services/{service}/fraud-guard/score", AnswerMapping.Answering(ScoreAsync));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is { } service
            ? new SettingsAnswer(service.Guard)
            : ApiErrors.NotFound(context.Request.Path);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, Names, ct);
        if (body is null)
        {
            return error!;
        }

        var level = LevelOf(body.Text("level", 1, 20));
        if (body.Has("level") && level is null && body.Error is null)
        {
            body.Invalid("level", "unknown_level", "Must be off, basic, standard or max.");
        }

        var watchOnly = body.Flag("watch_only");
        if (body.Error is not null)
        {
            return body.Error;
        }

        var now = time.GetUtcNow();
        var updated = await services.UpdateAsync(service.Sid, before => before with
        {
            Guard = before.Guard with { FraudLevel = level ?? before.Guard.FraudLevel, FraudWatchOnly = watchOnly ?? before.Guard.FraudWatchOnly },
            UpdatedAt = now,
        }, ct);
        return updated is null ? ApiErrors.NotFound(context.Request.Path) : new SettingsAnswer(updated.Guard);
    }

    async ValueTask<IResult> ScoreAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var query = context.Request.Query;
        if (!PhoneNumber.TryParse(Form.WithPlus(query["to"].ToString()), out var number, out var problem))
        {
            // Not echoed: it may be a person's number, mistyped.
            return ApiErrors.InvalidParameter("to", null, problem.ReasonName, problem.Explanation, problem.Suggestion);
        }

        IpAddress? device = null;
        if (query["device_ip"].ToString() is { Length: > 0 } text && !IpAddress.TryParse(text, out device))
        {
            return ApiErrors.InvalidParameter("device_ip", null, "not_an_address", "Must be an IPv4 or IPv6 address.");
        }

        return new ScoreAnswer(number, guard.Look(
            new StartFacts
            {
                Service = service,
                To = number,
                DestinationKey = index.Of(number),
                Channel = Channel.Sms,
                IsTest = service.TestNumbers.ContainsKey(index.Of(number)),
                HasCustomCode = false,
                DeviceIp = device,
                Signals = StartSignals.None,
            },
            time.GetUtcNow()));
    }

    static FraudLevel? LevelOf(string? name) => name switch
    {
        "off" => FraudLevel.Off,
        "basic" => FraudLevel.Basic,
        "standard" => FraudLevel.Standard,
        "max" => FraudLevel.Max,
        _ => null,
    };

    static string NameOf(FraudLevel level) => level switch
    {
        FraudLevel.Off => "off",
        FraudLevel.Basic => "basic",
        FraudLevel.Max => "max",
        _ => "standard",
    };

    sealed class SettingsAnswer(GuardSettings settings) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("level"u8, NameOf(settings.FraudLevel));
            json.WriteBoolean("watch_only"u8, settings.FraudWatchOnly);
            json.WriteEndObject();
        }
    }

    sealed class ScoreAnswer(PhoneNumber number, FraudLook look) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("country"u8, number.Country);
            json.WriteNumber("score"u8, Math.Round((double)look.Score, 1));
            json.WriteNumber("threshold"u8, Math.Round((double)look.Threshold, 1));
            json.WriteBoolean("refused"u8, look.IsRefused);
            json.WriteBoolean("proven"u8, look.IsProven);
            json.WriteStartArray("reasons"u8);
            foreach (var reason in look.Reasons)
            {
                json.WriteStringValue(reason);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
