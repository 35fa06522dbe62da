namespace Countersign.Core.Factors;

/// <summary>A new challenge as its maker wants it.</summary>
public sealed record CreateChallengeCommand
{
    public required EntityKey Key { get; init; }

    public required Sid FactorSid { get; init; }

    /// <summary>Until when it may be answered; null for five minutes.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the person is shown; needed for a push factor.</summary>
    public string? Message { get; init; }

    public IReadOnlyList<ChallengeField> Fields { get; init; } = [];

    public string? HiddenDetails { get; init; }

    /// <summary>A code of a TOTP factor, to be checked at once.</summary>
    public string? Code { get; init; }

    /// <summary>Whether the details say when.</summary>
    public bool IncludesDate { get; init; }
}

/// <summary>How it went.</summary>
public abstract record CreateChallengeResult
{
    /// <summary>It is there: pending, or approved by the code that came along.</summary>
    /// <param name="Challenge">As it is now.</param>
    /// <param name="FactorMadeAt">When the factor was made that it asks for.</param>
    public sealed record Created(Challenge Challenge, DateTimeOffset FactorMadeAt) : CreateChallengeResult;

    public sealed record NoFactor : CreateChallengeResult;

    public sealed record Unverified : CreateChallengeResult;

    /// <summary>The factor's type is challenged elsewhere, or has no codes.</summary>
    public sealed record WrongType(FactorType Type) : CreateChallengeResult;

    /// <summary>A push factor shows a message, and there is none.</summary>
    public sealed record NoMessage : CreateChallengeResult;

    /// <summary>The end is past, or too far away.</summary>
    public sealed record WrongEnd : CreateChallengeResult;

    /// <summary>The factor had as many challenges as it may.</summary>
    public sealed record TooMany(TimeSpan RetryIn) : CreateChallengeResult;

    /// <summary>A hundred wrong codes in a row: the factor answers no more.</summary>
    public sealed record Locked : CreateChallengeResult;

    CreateChallengeResult()
    {
    }
}

/// <summary>Asks a person something that one of their factors answers.</summary>
public sealed class CreateChallenge(IEntityStore store, IEntityEvents events, PushDispatch pushes, TimeProvider time, RandomSource random)
{
    public async Task<CreateChallengeResult> RunAsync(CreateChallengeCommand command, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        Factor? factor = null;
        var result = await store.ChangeAsync(command.Key, new EntityRead(command.FactorSid), state =>
        {
            var decided = Decide(state, command, now);
            factor = decided.Factor;
            return decided;
        }, ct);
        if (result is CreateChallengeResult.Created { Challenge: var challenge })
        {
            if (challenge.Status == ChallengeStatus.Approved)
            {
                await events.RecordAsync(new EntityEvent(EntityEventKind.ChallengeApproved, factor!, challenge, now), CancellationToken.None);
            }

            pushes.Send(factor!, challenge, Sid.NewOrdered("NT", now, random), challenge.ExpiresAt - now);
        }

        return result;
    }

    EntityChange<CreateChallengeResult> Decide(EntityState state, CreateChallengeCommand command, DateTimeOffset now)
    {
        if (state.Factor is not { } factor)
        {
            return new EntityChange<CreateChallengeResult>(new CreateChallengeResult.NoFactor());
        }

        if (Refuse(factor, command, now) is { } refusal)
        {
            return new EntityChange<CreateChallengeResult>(refusal);
        }

        var at = Moments.After(state.Entity!.NewestChallengeAt, now);
        var challenge = new Challenge
        {
            Sid = Sid.NewOrdered("YC", at, random),
            EntitySid = factor.EntitySid,
            FactorSid = factor.Sid,
            ServiceSid = factor.ServiceSid,
            AccountSid = factor.AccountSid,
            Identity = factor.Identity,
            FactorType = factor.Type,
            CreatedAt = at,
            UpdatedAt = at,
            ExpiresAt = command.ExpiresAt ?? now + ChallengeLimits.DefaultLife,
            Details = command.Message is { } message ? new ChallengeDetails(message, command.Fields, command.IncludesDate ? at : null) : null,
            HiddenDetails = command.HiddenDetails,
        };
        var used = factor with { ChallengesMade = Moments.Recent(factor.ChallengesMade, FactorLimits.Day, now) };
        if (command.Code is { } code)
        {
            (used, challenge) = TotpAnswer.Give(used, challenge, code, now);
        }

        return new EntityChange<CreateChallengeResult>(new CreateChallengeResult.Created(challenge, factor.CreatedAt))
        {
            Entity = state.Entity with { NewestChallengeAt = at },
            Factor = used,
            Challenge = challenge,
        };
    }

    static CreateChallengeResult? Refuse(Factor factor, CreateChallengeCommand command, DateTimeOffset now) =>
        factor is { Totp: null, Push: null } || (command.Code is not null && factor.Totp is null) ? new CreateChallengeResult.WrongType(factor.Type)
        : factor.Status != FactorStatus.Verified ? new CreateChallengeResult.Unverified()
        : factor.Push is not null && command.Message is null ? new CreateChallengeResult.NoMessage()
        : command.ExpiresAt is { } end && (end <= now || end > now + ChallengeLimits.LongestLife) ? new CreateChallengeResult.WrongEnd()
        : factor.Tries >= FactorLimits.MaxFailuresInARow ? new CreateChallengeResult.Locked()
        : ChallengeLimits.WaitFor(factor, now) is { } wait ? new CreateChallengeResult.TooMany(wait)
        : null;
}
