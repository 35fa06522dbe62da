namespace Countersign.Core.Factors;

/// <summary>An answer to a challenge.</summary>
public sealed record AnswerChallengeCommand
{
    public required EntityKey Key { get; init; }

    public required Sid ChallengeSid { get; init; }

    /// <summary>A code of a TOTP factor, or what a device signed (see <see cref="SignedAnswer"/>); null to change the metadata alone.</summary>
    public required string? AuthPayload { get; init; }

    public string? Metadata { get; init; }

    /// <summary>The factor that asks, where a device asks by itself: it may answer its own challenges only. Null for the account.</summary>
    public Sid? OnlyOfFactor { get; init; }
}

/// <summary>How it went.</summary>
public abstract record AnswerChallengeResult
{
    /// <summary>As it is now: approved, denied, or pending after a wrong code and where there was none.</summary>
    /// <param name="Challenge">As it is now.</param>
    /// <param name="FactorMadeAt">When the factor was made that has answered.</param>
    public sealed record Answered(Challenge Challenge, DateTimeOffset FactorMadeAt) : AnswerChallengeResult;

    public sealed record NotFound : AnswerChallengeResult;

    public sealed record AlreadyAnswered(ChallengeStatus Status) : AnswerChallengeResult;

    public sealed record Expired : AnswerChallengeResult;

    /// <summary>Five wrong codes.</summary>
    public sealed record MaxTries : AnswerChallengeResult;

    /// <summary>A hundred wrong codes in a row: the factor answers no more.</summary>
    public sealed record Locked : AnswerChallengeResult;

    /// <summary>It is not the device's signature, or of something else than this challenge.</summary>
    public sealed record WrongSignature : AnswerChallengeResult;

    /// <summary>The factor is gone.</summary>
    public sealed record NoFactor : AnswerChallengeResult;

    /// <summary>Challenges of this type are answered elsewhere.</summary>
    public sealed record WrongType(FactorType Type) : AnswerChallengeResult;

    AnswerChallengeResult()
    {
    }
}

/// <summary>Takes an answer to a challenge: once, in time, by the factor that was asked.</summary>
public sealed class AnswerChallenge(IEntityStore store, IEntityEvents events, TimeProvider time)
{
    public async Task<AnswerChallengeResult> RunAsync(AnswerChallengeCommand command, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var read = new EntityRead(Challenge: command.ChallengeSid);

        // A signature is judged here and not within the step, which others wait for: the key, and what is signed, never change.
        var signed = command.AuthPayload is { } payload && payload.Contains('.') && await store.ReadAsync(command.Key, read, ct) is { Challenge: { } asked, Factor.Push: { } push }
            ? SignedAnswer.Read(payload, push.PublicKey, asked)
            : null;
        Factor? factor = null;
        var result = await store.ChangeAsync(command.Key, read, state =>
        {
            var decided = Decide(state, command, signed, now);
            factor = decided.Factor ?? state.Factor;
            return decided;
        }, ct);
        if (result is AnswerChallengeResult.Answered { Challenge: { Status: not ChallengeStatus.Pending } challenge })
        {
            var kind = challenge.Status == ChallengeStatus.Approved ? EntityEventKind.ChallengeApproved : EntityEventKind.ChallengeDenied;
            await events.RecordAsync(new EntityEvent(kind, factor!, challenge, now), CancellationToken.None);
        }

        return result;
    }

    static EntityChange<AnswerChallengeResult> Decide(EntityState state, AnswerChallengeCommand command, ChallengeStatus? signed, DateTimeOffset now)
    {
        if (state.Challenge is not { } challenge || (command.OnlyOfFactor is { } only && challenge.FactorSid != only))
        {
            return new EntityChange<AnswerChallengeResult>(new AnswerChallengeResult.NotFound());
        }

        if (Refuse(challenge, state.Factor, now) is { } refusal)
        {
            return new EntityChange<AnswerChallengeResult>(refusal);
        }

        var factor = state.Factor!;
        if (command.AuthPayload is not { } payload)
        {
            var told = challenge with { Metadata = command.Metadata ?? challenge.Metadata, UpdatedAt = now };
            return new EntityChange<AnswerChallengeResult>(new AnswerChallengeResult.Answered(told, factor.CreatedAt)) { Challenge = told };
        }

        if (factor.Totp is not null)
        {
            var (used, answered) = TotpAnswer.Give(factor, challenge, payload, now);
            answered = answered with { Metadata = command.Metadata ?? answered.Metadata };
            return new EntityChange<AnswerChallengeResult>(new AnswerChallengeResult.Answered(answered, factor.CreatedAt)) { Factor = used, Challenge = answered };
        }

        if (signed is not { } status)
        {
            return new EntityChange<AnswerChallengeResult>(new AnswerChallengeResult.WrongSignature());
        }

        var settled = challenge with { Status = status, RespondedAt = now, UpdatedAt = now, Metadata = command.Metadata ?? challenge.Metadata };
        return new EntityChange<AnswerChallengeResult>(new AnswerChallengeResult.Answered(settled, factor.CreatedAt)) { Challenge = settled };
    }

    static AnswerChallengeResult? Refuse(Challenge challenge, Factor? factor, DateTimeOffset now) =>
        challenge.Status != ChallengeStatus.Pending ? new AnswerChallengeResult.AlreadyAnswered(challenge.Status)
        : !challenge.IsOpen(now) ? new AnswerChallengeResult.Expired()
        : challenge.Tries >= ChallengeLimits.MaxTries ? new AnswerChallengeResult.MaxTries()
        : factor is null ? new AnswerChallengeResult.NoFactor()
        : factor is { Totp: null, Push: null } ? new AnswerChallengeResult.WrongType(factor.Type)
        : factor.Tries >= FactorLimits.MaxFailuresInARow ? new AnswerChallengeResult.Locked()
        : null;
}
