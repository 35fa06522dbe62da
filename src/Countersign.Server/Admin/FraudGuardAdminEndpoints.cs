using System.Text.Json;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Fraud;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>How strictly a service's Fraud Guard judges, and how it would judge one number now.</summary>
sealed class FraudGuardAdminEndpoints(IServiceStore services, FraudGuard guard, DestinationIndex index, TimeProvider time)
{
    static readonly string[] Names = ["level", "watch_only"];

    public void Map(IEndpointRouteBuilder routes)
    {
        new ServiceSettings(services, time, Names, Read, service => new SettingsAnswer(service.Guard)).Map(routes, "/admin/v1/services/{service}/fraud-guard");
        routes.MapGet("/admin/v1/services/{service}/fraud-guard/score", AnswerMapping.Answering(ScoreAsync));
    }

    static Func<VerifyService, VerifyService> Read(AdminBody body)
    {
        var level = LevelOf(body.Text("level", 1, 20));
        if (body.Has("level") && level is null && body.Error is null)
        {
            body.Invalid("level", "not_a_choice", "Must be off, basic, standard or max.");
        }

        var watchOnly = body.Flag("watch_only");
        return before => before with
        {
            Guard = before.Guard with { FraudLevel = level ?? before.Guard.FraudLevel, FraudWatchOnly = watchOnly ?? before.Guard.FraudWatchOnly },
        };
    }

    async ValueTask<IResult> ScoreAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        return StartQuery.TryRead(context.Request.Query, service, index, out var start, out var error) ? new ScoreAnswer(start.To, guard.Look(start, time.GetUtcNow())) : error;
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

    sealed class ScoreAnswer(Destination number, FraudLook look) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("country"u8, number.Country);
            json.WriteNumber("score"u8, Math.Round((double)look.Score, 1));
            json.WriteNumber("threshold"u8, Math.Round((double)look.Threshold, 1));
            json.WriteBoolean("refused"u8, look.IsRefused);
            json.WriteBoolean("challenged"u8, look.IsChallenged);
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
