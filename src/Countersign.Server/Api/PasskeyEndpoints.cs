using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Factors.Passkeys;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Api;

/// <summary>Passkeys: what a browser is asked, and what it answers, for registering and for signing in. Bodies are JSON.</summary>
sealed class PasskeyEndpoints(
    IServiceStore services, CreatePasskeyFactor create, VerifyPasskeyFactor verify, CreatePasskeyChallenge ask, ApprovePasskeyChallenge approve, PublicAddress address)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Passkeys/Factors", AnswerMapping.Answering(CreateAsync));
        routes.MapPost("/v2/Services/{service}/Passkeys/VerifyFactor", AnswerMapping.Answering(VerifyAsync));
        routes.MapPost("/v2/Services/{service}/Passkeys/Challenges", AnswerMapping.Answering(AskAsync));
        routes.MapPost("/v2/Services/{service}/Passkeys/ApproveChallenge", AnswerMapping.Answering(ApproveAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (service, body, error) = await ReadAsync(context);
        if (service is null || body is null)
        {
            return error!;
        }

        var name = body.RequiredText("friendly_name", FactorLimits.MaxFriendlyName);
        var identity = body.RequiredText("identity", EntityIdentity.MaxLength);
        var wishes = new PasskeyWishes(
            body.Text("config.relying_party.id", 253), body.Text("config.relying_party.name", 100), body.Texts("config.relying_party.origins", 50, 300),
            body.Text("config.authenticator_attachment", 64), body.Text("config.discoverable_credentials", 64), body.Text("config.user_verification", 64));
        if (body.Error is not null)
        {
            return body.Error;
        }

        if (!EntityIdentity.TryParse(identity, out var person))
        {
            return WrongIdentity();
        }

        if (!PasskeyConfigs.TryMake(service, wishes, out var config, out error))
        {
            return error;
        }

        return await create.RunAsync(new CreatePasskeyFactorCommand(service.AccountSid, service.Sid, person, name, config), ct) switch
        {
            CreatePasskeyFactorResult.Created made => new PasskeyFactorAnswer(StatusCodes.Status201Created, made.Factor, made.Passkey, made.Others, address.Of(context.Request)),
            CreatePasskeyFactorResult.TooMany many => FactorErrors.MaxFactors(many.Most),
            CreatePasskeyFactorResult.TooManyToday many => FactorErrors.MaxFactorsToday(many.Most, many.RetryIn),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> VerifyAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (service, body, error) = await ReadAsync(context);
        if (service is null || body is null)
        {
            return error!;
        }

        if (body.Answer(assertion: false) is not { } answer)
        {
            return body.Error!;
        }

        return await verify.RunAsync(service.Sid, answer, ct) switch
        {
            VerifyPasskeyFactorResult.Verified done => new PasskeyFactorAnswer(
                StatusCodes.Status200OK, done.Factor, PasskeyDocument.Of(done.Factor), null, address.Of(context.Request)),
            VerifyPasskeyFactorResult.NotExpected => ApiErrors.NotFound(
                context.Request.Path, explanation: "No factor of this service waits for this answer: it was registered or deleted since, or its challenge is not one of POST …/Passkeys/Factors."),
            VerifyPasskeyFactorResult.Expired => FactorErrors.PasskeyNotVerified("registration_expired", "A browser has ten minutes to answer. Make a new factor."),
            VerifyPasskeyFactorResult.Taken => FactorErrors.FactorExists(),
            VerifyPasskeyFactorResult.Refused refused => Refusal(refused.Problem, FactorErrors.PasskeyNotVerified),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> AskAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (service, body, error) = await ReadAsync(context);
        if (service is null || body is null)
        {
            return error!;
        }

        var identity = body.Text("identity", EntityIdentity.MaxLength);
        var factor = body.Text("factor_sid", 64);
        if (body.Error is not null)
        {
            return body.Error;
        }

        EntityIdentity? person = null;
        if (identity is not null && !EntityIdentity.TryParse(identity, out person))
        {
            return WrongIdentity();
        }

        Sid? named = null;
        if (factor is not null)
        {
            if (!Sid.TryParse(factor, "YF", out var sid))
            {
                return Invalid("factor_sid", factor, "not_a_sid", "The SID of a factor is YF and 32 hexadecimal digits.");
            }

            if (person is null)
            {
                return Invalid("identity", null, "missing", "Send the identity of the factor's entity together with factor_sid.");
            }

            named = sid;
        }

        if (!PasskeyConfigs.TryOf(service, out var settings, out error))
        {
            return error;
        }

        var command = new CreatePasskeyChallengeCommand(service.AccountSid, service.Sid, person, named, settings);
        return await ask.RunAsync(command, ct) switch
        {
            CreatePasskeyChallengeResult.Created made => Answer(StatusCodes.Status201Created, made.Question, "Challenges", context),
            CreatePasskeyChallengeResult.NoPasskey => ApiErrors.NotFound(
                context.Request.Path, explanation: "The service has no entity of this identity, or it has no such passkey that is verified. POST …/Passkeys/Factors makes one."),
            CreatePasskeyChallengeResult.NotVerified => FactorErrors.FactorUnverified(),
            CreatePasskeyChallengeResult.TooMany many => FactorErrors.MaxChallenges(many.RetryIn),
            CreatePasskeyChallengeResult.NoRelyingParty => Invalid(
                "Passkeys.RelyingParty.Id", null, "missing", "A challenge for whoever has a passkey needs the service's own relying party: update the service with Passkeys.RelyingParty.Id."),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> ApproveAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var (service, body, error) = await ReadAsync(context);
        if (service is null || body is null)
        {
            return error!;
        }

        if (body.Answer(assertion: true) is not { } answer)
        {
            return body.Error!;
        }

        if (!PasskeyConfigs.TryOf(service, out var settings, out error))
        {
            return error;
        }

        return await approve.RunAsync(service.Sid, settings, answer, ct) switch
        {
            ApprovePasskeyChallengeResult.Approved done => Answer(StatusCodes.Status200OK, done.Question, "ApproveChallenge", context),
            ApprovePasskeyChallengeResult.NotExpected => ApiErrors.NotFound(
                context.Request.Path, explanation: "The challenge that was signed is not one of this service, or is no longer kept. POST …/Passkeys/Challenges makes one."),
            ApprovePasskeyChallengeResult.Answered => FactorErrors.ChallengeAnswered("approved"),
            ApprovePasskeyChallengeResult.Expired => FactorErrors.ChallengeExpired(),
            ApprovePasskeyChallengeResult.OtherPasskey => FactorErrors.PasskeyNotRight(
                "other_passkey", "The passkey is none of this service, or belongs to somebody else, or was not asked for."),
            ApprovePasskeyChallengeResult.Refused refused => Refusal(refused.Problem, FactorErrors.PasskeyNotRight),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    /// <summary>The caller's own service and what was sent; the error where either is not there.</summary>
    async ValueTask<(VerifyService? Service, PasskeyBody? Body, ApiError? Error)> ReadAsync(HttpContext context)
    {
        if (await ServiceLookup.FindAsync(services, context, context.RequestAborted) is not { } service)
        {
            return (null, null, ApiErrors.NotFound(context.Request.Path));
        }

        var (body, error) = await PasskeyBody.ReadAsync(context.Request, context.RequestAborted);
        return (service, body, error);
    }

    PasskeyChallengeAnswer Answer(int status, PasskeyQuestion question, string path, HttpContext context) =>
        new(status, question, $"{address.Of(context.Request)}/v2/Services/{question.ServiceSid}/Passkeys/{path}");

    static ApiError Refusal(CeremonyProblem problem, Func<string, string, ApiError> error) => problem switch
    {
        CeremonyProblem.Invalid => error("ceremony_invalid", "The answer does not hold: challenge, type, relying party, flags, person or signature are not what was asked for, or something was changed on the way."),
        CeremonyProblem.Origin => error(
            "origin_not_allowed", "The page or app that asked is not among the origins of the relying party (Passkeys.RelyingParty.Origins), or was a frame in somebody else's page."),
        CeremonyProblem.NotUserVerified => error("user_not_verified", "User verification is required, and the authenticator did not verify the person."),
        CeremonyProblem.Counter => error("counter_not_grown", "The passkey's counter is not higher than the last time: it may have been copied, or this answer was seen before."),
        _ => throw new InvalidOperationException($"No error for {problem}."),
    };

    static ApiError WrongIdentity() => Invalid("identity", null, "invalid_identity", EntityLookup.IdentityRule);

    static ApiError Invalid(string name, string? value, string reason, string explanation) => FactorErrors.InvalidRequest(ApiErrors.InvalidParameter(name, value, reason, explanation));
}
