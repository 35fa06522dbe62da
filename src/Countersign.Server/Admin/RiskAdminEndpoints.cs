using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Risk;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>What a service does by a start's risk score, and what some values would score.</summary>
sealed class RiskAdminEndpoints(IServiceStore services, RiskStage risk, DestinationIndex index, CarrierDirectory carriers, TimeProvider time)
{
    static readonly string[] Names = ["mode", "challenge_from", "stronger_channel_from", "refuse_from"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/v1/services/{service}/risk", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/admin/v1/services/{service}/risk", AnswerMapping.Answering(UpdateAsync));
        routes.MapGet("/admin/v1/services/{service}/risk/score", AnswerMapping.Answering(ScoreAsync));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is { } service
            ? new SettingsAnswer(service.Guard.Risk)
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

        var mode = ModeOf(body.Text("mode", 1, 20));
        if (body.Has("mode") && mode is null && body.Error is null)
        {
            body.Invalid("mode", "unknown_mode", "Must be off, watch or enforce.");
        }

        var (challenge, stronger, refuse) = (body.Integer("challenge_from", 0, 100), body.Integer("stronger_channel_from", 0, 100), body.Integer("refuse_from", 0, 100));
        if (body.Error is not null)
        {
            return body.Error;
        }

        var now = time.GetUtcNow();
        var updated = await services.UpdateAsync(service.Sid, before => before with
        {
            Guard = before.Guard with
            {
                Risk = new RiskSettings(
                    mode ?? before.Guard.Risk.Mode,
                    challenge ?? before.Guard.Risk.ChallengeFrom,
                    stronger ?? before.Guard.Risk.StrongerChannelFrom,
                    refuse ?? before.Guard.Risk.RefuseFrom),
            },
            UpdatedAt = now,
        }, ct);
        return updated is null ? ApiErrors.NotFound(context.Request.Path) : new SettingsAnswer(updated.Guard.Risk);
    }

    async ValueTask<IResult> ScoreAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        // Values are not repeated in errors: they may be a person's.
        var query = context.Request.Query;
        if (!PhoneNumber.TryParse(Form.WithPlus(query["to"].ToString()), out var number, out var problem))
        {
            return ApiErrors.InvalidParameter("to", null, problem.ReasonName, problem.Explanation, problem.Suggestion);
        }

        IpAddress? device = null;
        if (Given(query, "device_ip") is { } address && !IpAddress.TryParse(address, out device))
        {
            return ApiErrors.InvalidParameter("device_ip", null, "not_an_address", "Must be an IPv4 or IPv6 address.");
        }

        DateTimeOffset? created = null;
        if (Given(query, "account_created_at") is { } moment && !RiskForms.TryReadTime(moment.Replace(' ', '+'), out created))
        {
            return ApiErrors.InvalidParameter("account_created_at", null, "not_a_time", "Must be a moment in ISO 8601, such as 2026-03-01T12:00:00Z.");
        }

        PhoneNumber? previous = null;
        if (Given(query, "previous_number") is { } before && !PhoneNumber.TryParse(Form.WithPlus(before), out previous, out problem))
        {
            return ApiErrors.InvalidParameter("previous_number", null, problem.ReasonName, problem.Explanation, problem.Suggestion);
        }

        var destination = index.Of(number);
        var isTest = service.TestNumbers.ContainsKey(destination);
        return new ScoreAnswer(service.Guard.Risk, risk.Look(
            new StartFacts
            {
                Service = service,
                To = number,
                DestinationKey = destination,
                Channel = Channel.Sms,
                IsTest = isTest,
                HasCustomCode = false,
                DeviceIp = device,
                Open = carriers.ChannelsFor(service.AccountSid, number, isTest),
                Signals = new StartSignals
                {
                    Caller = new CallerSignals
                    {
                        UserAgent = Given(query, "user_agent"),
                        DeviceFingerprint = Given(query, "device_fingerprint"),
                        AccountCreatedAt = created,
                        PreviousNumber = previous,
                    },
                },
            },
            time.GetUtcNow()));
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
