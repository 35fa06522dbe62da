namespace Countersign.Core.Factors;

/// <summary>What a code does to a challenge and its factor. Pure.</summary>
static class TotpAnswer
{
    /// <summary>The right code approves and is used up; a wrong one counts, for the challenge and for the factor.</summary>
    public static (Factor Factor, Challenge Challenge) Give(Factor factor, Challenge challenge, string code, DateTimeOffset now) => TotpCodes.Match(factor.Totp!, code, now) is { } step
        ? (factor with { Tries = 0, Totp = factor.Totp! with { LastStep = step } }, challenge with { Status = ChallengeStatus.Approved, RespondedAt = now, UpdatedAt = now })
        : (factor with { Tries = factor.Tries + 1 }, challenge with { Tries = challenge.Tries + 1, UpdatedAt = now });
}
