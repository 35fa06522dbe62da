using System.Text.Json;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>What a service does by a start's risk score, and what some values would score.</summary>
sealed class RiskAdminEndpoints(IServiceStore services, RiskStage risk, DestinationIndex index, OpenChannels channels, TimeProvider time)
{
    static readonly string[] Names = ["mode", "challenge_from", "stronger_channel_from", "refuse_from"];

    public void Map(IEndpointRouteBuilder routes)
    {
        new ServiceSettings(services, time, Names, Read, service => new SettingsAnswer(service.Guard.Risk)).Map(routes, "/admin/v1/services/{service}/risk");
        routes.MapGet("/admin/v1/services/{service}/risk/score", AnswerMapping.Answering(ScoreAsync));
    }

    static Func<VerifyService, VerifyService> Read(AdminBody body)
    {
        var mode = ModeOf(body.Text("mode", 1, 20));
        if (body.Has("mode") && mode is null && body.Error is null)
        {
            body.Invalid("mode", "not_a_choice", "Must be off, watch or enforce.");
        }

        var (challenge, stronger, refuse) = (body.Integer("challenge_from", 0, 100), body.Integer("stronger_channel_from", 0, 100), body.Integer("refuse_from", 0, 100));
        return before => before with
        {
            Guard = before.Guard with
            {
                Risk = new RiskSettings(
                    mode ?? before.Guard.Risk.Mode,
                    challenge ?? before.Guard.Risk.ChallengeFrom,
                    stronger ?? before.Guard.Risk.StrongerChannelFrom,
                    refuse ?? before.Guard.Risk.RefuseFrom),
            },
        };
    }

    async ValueTask<IResult> ScoreAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var query = context.Request.Query;
        if (!StartQuery.TryRead(query, service, index, out var start, out var error))
        {
            return error;
        }

        DateTimeOffset? created = null;
        if (Given(query, "account_created_at") is { } moment && !IsoTime.TryReadFromQuery(moment, out created))
        {
            return ApiErrors.InvalidParameter("account_created_at", null, "not_a_moment", "Must be a moment in ISO 8601, such as 2026-03-01T12:00:00Z.");
        }

        PhoneNumber? previous = null;
        if (Given(query, "previous_number") is { } before && !PhoneNumber.TryParse(Form.WithPlus(before), out previous, out var problem))
        {
            return ApiErrors.InvalidParameter("previous_number", null, problem.ReasonName, problem.Explanation, problem.Suggestion);
        }

        var signals = new StartSignals
        {
            Caller = new CallerSignals
            {
                UserAgent = Given(query, "user_agent"),
                DeviceFingerprint = Given(query, "device_fingerprint"),
                AccountCreatedAt = created,
                PreviousNumber = previous,
            },
        };
        start = start with { Open = channels.Of(service, start.To, start.IsTest), Signals = signals };
        return new ScoreAnswer(service.Guard.Risk, risk.Look(start, time.GetUtcNow()));
    }

    static string? Given(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    static RiskMode? ModeOf(string? name) => name switch
    {
        "off" => RiskMode.Off,
        "watch" => RiskMode.Watch,
        "enforce" => RiskMode.Enforce,
        _ => null,
    };

    static string NameOf(RiskMode mode) => mode switch
    {
        RiskMode.Off => "off",
        RiskMode.Enforce => "enforce",
        _ => "watch",
    };

    sealed class SettingsAnswer(RiskSettings settings) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("mode"u8, NameOf(settings.Mode));
            json.WriteNumber("challenge_from"u8, settings.ChallengeFrom);
            json.WriteNumber("stronger_channel_from"u8, settings.StrongerChannelFrom);
            json.WriteNumber("refuse_from"u8, settings.RefuseFrom);
            json.WriteEndObject();
        }
    }

    sealed class ScoreAnswer(RiskSettings settings, RiskAssessment? risk) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("mode"u8, NameOf(settings.Mode));
            json.WriteBoolean("judged"u8, risk is not null);
            RiskJson.WriteMembers(json, risk ?? RiskAssessment.Clear);
            json.WriteEndObject();
        }
    }
}
