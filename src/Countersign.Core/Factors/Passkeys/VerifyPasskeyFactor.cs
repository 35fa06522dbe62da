using System.Security.Cryptography;

namespace Countersign.Core.Factors.Passkeys;

/// <summary>What came of a registration.</summary>
public abstract record VerifyPasskeyFactorResult
{
    /// <summary>The factor may answer challenges now.</summary>
    public sealed record Verified(Factor Factor) : VerifyPasskeyFactorResult;

    /// <summary>Nobody waits for this answer: there is no such factor, or it was registered already, or asked anew since.</summary>
    public sealed record NotExpected : VerifyPasskeyFactorResult;

    /// <summary>The answer came too late.</summary>
    public sealed record Expired : VerifyPasskeyFactorResult;

    /// <summary>Another factor of the service has this passkey.</summary>
    public sealed record Taken : VerifyPasskeyFactorResult;

    /// <summary>The ceremony does not hold.</summary>
    public sealed record Refused(CeremonyProblem Problem) : VerifyPasskeyFactorResult;

    VerifyPasskeyFactorResult()
    {
    }
}

/// <summary>Judges what an authenticator answered to a registration, and keeps its passkey. An answer is good once.</summary>
public sealed class VerifyPasskeyFactor(IEntityStore store, EntityIndex index, IPasskeyCeremony ceremony, IEntityEvents events, TimeProvider time)
{
    public async Task<VerifyPasskeyFactorResult> RunAsync(Sid service, PasskeyAnswer answer, CancellationToken ct)
    {
        var challenge = answer.Challenge;
        if (challenge.Kind != CeremonyKind.Registration || await store.FindAsync(service, challenge.Entity, ct) is not { } entity)
        {
            return new VerifyPasskeyFactorResult.NotExpected();
        }

        var key = index.Of(service, entity.Identity);
        var read = new EntityRead(Factor: challenge.Subject);
        if (Awaited((await store.ReadAsync(key, read, ct)).Factor, challenge) is not { } awaited)
        {
            return new VerifyPasskeyFactorResult.NotExpected();
        }

        var now = time.GetMillisecond();
        if (awaited.Until <= now.ToUnixTimeMilliseconds())
        {
            return new VerifyPasskeyFactorResult.Expired();
        }

        var outcome = await ceremony.RegisterAsync(awaited.Config, awaited.Challenge!, entity.Sid, answer);
        if (outcome is not CeremonyOutcome.Held { Credential: { } credential })
        {
            return new VerifyPasskeyFactorResult.Refused(((CeremonyOutcome.Refused)outcome).Problem);
        }

        var result = await store.ChangeAsync<VerifyPasskeyFactorResult>(key, read, state =>
        {
            // Another answer may have come in meanwhile.
            if (Awaited(state.Factor, challenge) is not { } still)
            {
                return new(new VerifyPasskeyFactorResult.NotExpected());
            }

            var factor = state.Factor! with
            {
                Status = FactorStatus.Verified,
                Credential = index.OfCredential(service, credential.Id),
                Document = (still with { Challenge = null, Credential = credential }).Write(),
                UpdatedAt = now,
            };
            return new(new VerifyPasskeyFactorResult.Verified(factor)) { Factor = factor, WhenTaken = new VerifyPasskeyFactorResult.Taken() };
        }, ct);
        if (result is VerifyPasskeyFactorResult.Verified verified)
        {
            await events.RecordAsync(new EntityEvent(EntityEventKind.FactorVerified, verified.Factor, null, now), CancellationToken.None);
        }

        return result;
    }

    static PasskeyDocument? Awaited(Factor? factor, CeremonyChallenge challenge) =>
        factor is { Type: FactorType.Passkey, Status: FactorStatus.Unverified } && PasskeyDocument.Of(factor) is { Challenge: { } asked } document
        && CryptographicOperations.FixedTimeEquals(asked, challenge.Bytes)
            ? document
            : null;
}
