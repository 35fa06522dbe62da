using Countersign.Core;
using Countersign.Core.Factors;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Numbers;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

using Challenge = Countersign.Core.Factors.Challenge;

namespace Countersign.Server.Api;

/// <summary>Challenges that a person answers with a factor, and the push messages about them.</summary>
sealed class FactorChallengeEndpoints(
    IEntityStore entities, EntityLookup lookup, CreateChallenge create, AnswerChallenge answer, NotifyChallenge notify, PassByFactor pass, PublicAddress address, TimeProvider time)
{
    const int MaxTtl = 300;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/Challenges", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/Entities/{identity}/Challenges", AnswerMapping.Answering(ListAsync));
        routes.MapGet("/v2/Services/{service}/Entities/{identity}/Challenges/{challenge}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/Challenges/{challenge}", AnswerMapping.Answering(AnswerAsync));
        routes.MapPost("/v2/Services/{service}/Entities/{identity}/Challenges/{challenge}/Notifications", AnswerMapping.Answering(NotifyAsync));
    }

    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var (path, binder, error) = await lookup.FindAndReadAsync(context);
        if (path is null || binder is null)
        {
            return error!;
        }

        var command = FactorChallengeForms.Create(binder, path);
        var to = VerificationForms.BindOptionalTo(binder);
        if (to is not null && command.Code is null)
        {
            binder.Fail(ApiErrors.MissingParameter("AuthPayload"));
        }

        if (binder.Error is { } invalid)
        {
            return FactorErrors.InvalidRequest(invalid);
        }

        return await create.RunAsync(command, context.RequestAborted) switch
        {
            CreateChallengeResult.Created made => Answer(StatusCodes.Status201Created, made.Challenge, context, await PassAsync(path, made.Challenge, made.FactorMadeAt, to)),
            CreateChallengeResult.NoFactor => EntityLookup.NoFactor(context),
            CreateChallengeResult.Unverified => FactorErrors.FactorUnverified(),
            CreateChallengeResult.WrongType wrong => FactorErrors.WrongFactorType(FactorTypes.NameOf(wrong.Type)),
            CreateChallengeResult.NoMessage => FactorErrors.InvalidRequest(ApiErrors.MissingParameter("Details.Message")),
            CreateChallengeResult.WrongEnd => FactorErrors.InvalidRequest(ApiErrors.InvalidParameter("ExpirationDate", null, "out_of_range", "Must be later than now, by 60 minutes at most.")),
            CreateChallengeResult.TooMany many => FactorErrors.MaxChallenges(many.RetryIn),
            CreateChallengeResult.Locked => FactorErrors.FactorLocked(),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        if (!Form.FromQuery(context.Request).TryGet(out var query, out error) || !ListQuery.TryBind(context.Request, query, out var list, out error))
        {
            return FactorErrors.InvalidRequest(error);
        }

        var binder = new FormBinder(query);
        var filter = FactorChallengeForms.Filter(binder, time.GetUtcNow());
        if (binder.Error is { } invalid)
        {
            return FactorErrors.InvalidRequest(invalid);
        }

        if ((await entities.ReadAsync(path.Key, default, context.RequestAborted)).Entity is null)
        {
            return EntityLookup.NoEntity(context);
        }

        // A device sees its own, whatever it asks for.
        if (DeviceCaller.Of(context) is { Factor.Sid: var own })
        {
            if (filter.Factor is { } asked && asked != own)
            {
                return EntityLookup.NoFactor(context);
            }

            filter = filter with { Factor = own };
        }

        var page = await entities.ListChallengesAsync(path.Key, filter, list.Request, context.RequestAborted);
        return new FactorChallengeListAnswer(page, list, filter, path.Url(address.Of(context.Request)), address.Of(context.Request));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var (path, sid, error) = await FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        var found = (await entities.ReadAsync(path.Key, new EntityRead(Challenge: sid), context.RequestAborted)).Challenge;
        if (found is null || !DeviceCaller.MaySee(context, found.FactorSid))
        {
            return EntityLookup.NoChallenge(context);
        }

        if (found.FactorType == FactorType.Push)
        {
            // What the device signs when it answers.
            context.Response.Headers["Twilio-Verify-Signature-Fields"] = string.Join(',', SignedAnswer.Fields);
        }

        return Answer(StatusCodes.Status200OK, found, context);
    }

    async ValueTask<IResult> AnswerAsync(HttpContext context)
    {
        var (path, sid, error) = await FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        var (binder, unread) = await EntityLookup.ReadAsync(context);
        if (binder is null)
        {
            return unread!;
        }

        // What came without either is an answer whose code was lost on the way, and not a change of nothing.
        var metadata = FactorForms.Metadata(binder);
        var command = new AnswerChallengeCommand
        {
            Key = path.Key,
            ChallengeSid = sid,
            AuthPayload = metadata is null
                ? binder.RequiredText("AuthPayload", ChallengeLimits.MinCode, ChallengeLimits.MaxSignedAnswer)
                : binder.Text("AuthPayload", ChallengeLimits.MinCode, ChallengeLimits.MaxSignedAnswer),
            Metadata = metadata,
            OnlyOfFactor = DeviceCaller.Of(context)?.Factor?.Sid,
        };

        // A device answers for itself, and opens nothing.
        var to = DeviceCaller.Of(context) is null ? VerificationForms.BindOptionalTo(binder) : null;
        if (binder.Error is { } invalid)
        {
            return FactorErrors.InvalidRequest(invalid);
        }

        return await answer.RunAsync(command, context.RequestAborted) switch
        {
            AnswerChallengeResult.Answered answered => Answer(StatusCodes.Status200OK, answered.Challenge, context, await PassAsync(path, answered.Challenge, answered.FactorMadeAt, to)),
            AnswerChallengeResult.NotFound => EntityLookup.NoChallenge(context),
            AnswerChallengeResult.AlreadyAnswered already => FactorErrors.ChallengeAnswered(FactorChallengeJson.NameOf(already.Status)),
            AnswerChallengeResult.Expired => FactorErrors.ChallengeExpired(),
            AnswerChallengeResult.MaxTries => FactorErrors.MaxChallengeChecks(),
            AnswerChallengeResult.Locked => FactorErrors.FactorLocked(),
            AnswerChallengeResult.WrongSignature => FactorErrors.ChallengeNotVerified(),
            AnswerChallengeResult.NoFactor => EntityLookup.NoFactor(context),
            AnswerChallengeResult.WrongType wrong => FactorErrors.WrongFactorType(FactorTypes.NameOf(wrong.Type)),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> NotifyAsync(HttpContext context)
    {
        var (path, sid, error) = await FindAsync(context);
        if (path is null)
        {
            return error!;
        }

        var (binder, unread) = await EntityLookup.ReadAsync(context);
        if (binder is null)
        {
            return unread!;
        }

        var ttl = TimeSpan.FromSeconds(binder.Integer("Ttl", 0, MaxTtl) ?? MaxTtl);
        if (binder.Error is { } invalid)
        {
            return FactorErrors.InvalidRequest(invalid);
        }

        return await notify.RunAsync(path.Key, sid, ttl, context.RequestAborted) switch
        {
            NotifyChallengeResult.Sent sent => new NotificationAnswer(sent),
            NotifyChallengeResult.NotFound => EntityLookup.NoChallenge(context),
            NotifyChallengeResult.WrongType wrong => FactorErrors.WrongFactorType(FactorTypes.NameOf(wrong.Type)),
            NotifyChallengeResult.NoPlatform => FactorErrors.NoPushPlatform(),
            NotifyChallengeResult.AlreadyAnswered already => FactorErrors.ChallengeAnswered(FactorChallengeJson.NameOf(already.Status)),
            NotifyChallengeResult.Expired => FactorErrors.ChallengeExpired(),
            NotifyChallengeResult.TooMany => FactorErrors.MaxNotifications(ChallengeLimits.MaxNotifications),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    FactorChallengeAnswer Answer(int status, Challenge challenge, HttpContext context, FactorPass? next = null) => new(status, challenge, time.GetUtcNow(), address.Of(context.Request), next);

    async Task<FactorPass?> PassAsync(EntityPath path, Challenge challenge, DateTimeOffset factorMadeAt, Destination? to) =>
        to is null || challenge is not { Status: ChallengeStatus.Approved, FactorType: FactorType.Totp } ? null : await pass.RunAsync(path.Service.Sid, to, factorMadeAt, CancellationToken.None);

    async ValueTask<(EntityPath? Path, Sid Challenge, ApiError? Error)> FindAsync(HttpContext context)
    {
        var (path, error) = await lookup.FindAsync(context);
        return path is null ? (null, default, error)
            : EntityLookup.SidIn(context, "challenge", "YC") is { } sid ? (path, sid, null)
            : (null, default, EntityLookup.NoChallenge(context));
    }
}
