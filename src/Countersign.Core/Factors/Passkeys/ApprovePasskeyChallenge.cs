using System.Security.Cryptography;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Privacy;

namespace Countersign.Core.Factors.Passkeys;

/// <summary>What came of an answer.</summary>
public abstract record ApprovePasskeyChallengeResult
{
    /// <summary>It was the right passkey.</summary>
    public sealed record Approved(PasskeyQuestion Question) : ApprovePasskeyChallengeResult;

    /// <summary>Nobody waits for this answer: there is no such challenge.</summary>
    public sealed record NotExpected : ApprovePasskeyChallengeResult;

    /// <summary>The challenge was answered already.</summary>
    public sealed record Answered : ApprovePasskeyChallengeResult;

    /// <summary>The answer came too late.</summary>
    public sealed record Expired : ApprovePasskeyChallengeResult;

    /// <summary>The passkey is none of this service, or not one that was asked.</summary>
    public sealed record OtherPasskey : ApprovePasskeyChallengeResult;

    /// <summary>The ceremony does not hold.</summary>
    public sealed record Refused(CeremonyProblem Problem) : ApprovePasskeyChallengeResult;

    ApprovePasskeyChallengeResult()
    {
    }
}

/// <summary>
/// Judges what an authenticator answered to a challenge. A challenge is approved once: a kept one by its own row, an open one by the row of the passkey that answers; that it is not
/// answered by another person's passkey as well is seen to by each process.
/// </summary>
public sealed class ApprovePasskeyChallenge(IEntityStore store, EntityIndex index, IPasskeyCeremony ceremony, IEntityEvents events, KeyRing ring, TimeProvider time)
{
    readonly SpentChallenges _spent = new();

    /// <summary>Judges one answer; <paramref name="settings"/> is what the service's settings say today, for open challenges and what the passkey does not say itself.</summary>
    public async Task<ApprovePasskeyChallengeResult> RunAsync(Sid service, PasskeyConfig? settings, PasskeyAnswer answer, CancellationToken ct)
    {
        var result = await JudgeAsync(service, settings, answer, ct);
        if (result is ApprovePasskeyChallengeResult.Approved { Question: { Factor: { } factor } question })
        {
            await events.RecordAsync(new EntityEvent(EntityEventKind.ChallengeApproved, factor, Event(question), question.UpdatedAt), CancellationToken.None);
        }

        return result;
    }

    async Task<ApprovePasskeyChallengeResult> JudgeAsync(Sid service, PasskeyConfig? settings, PasskeyAnswer answer, CancellationToken ct)
    {
        var asked = answer.Challenge;
        var now = time.GetMillisecond();
        if (asked.Kind == CeremonyKind.Registration || (asked.Kind == CeremonyKind.Open && asked.Entity.Value == 0 && !asked.IsOurs(service, null, ring)))
        {
            return new ApprovePasskeyChallengeResult.NotExpected();
        }

        // Who it is says the passkey, not the answer: the handle is compared later.
        if (await store.FindByCredentialAsync(service, index.OfCredential(service, answer.CredentialId), ct) is not { Type: FactorType.Passkey } found
            || (asked.Entity.Value != 0 && asked.Entity != found.EntitySid))
        {
            return new ApprovePasskeyChallengeResult.OtherPasskey();
        }

        var key = index.Of(service, found.Identity);
        var read = new EntityRead(Factor: found.Sid, Challenge: asked.Kind == CeremonyKind.Known ? asked.Subject : null);
        var state = await store.ReadAsync(key, read, ct);
        if (Problem(state, asked, now) is { } problem)
        {
            return problem;
        }

        var passkey = PasskeyDocument.Of(state.Factor!);
        if (asked.Kind == CeremonyKind.Open && asked.Entity.Value != 0 && !asked.IsOurs(service, passkey.Config.RelyingPartyId, ring) && !asked.IsOurs(service, null, ring))
        {
            // Made up, or asked for this person's passkeys of another relying party.
            return new ApprovePasskeyChallengeResult.NotExpected();
        }

        if (asked.Entity.Value == 0 && settings is not null && passkey.Config.RelyingPartyId != settings.RelyingPartyId)
        {
            // Where nobody was named, the service's own relying party asked.
            return new ApprovePasskeyChallengeResult.OtherPasskey();
        }

        var config = asked.Kind == CeremonyKind.Known ? PasskeyChallengeDocument.Of(state.Challenge!).Config : passkey.Config.Under(settings);
        var outcome = await ceremony.AssertAsync(config, asked.Bytes, found.EntitySid, needsHandle: asked.Entity.Value == 0, passkey.Credential!, answer);
        if (outcome is not CeremonyOutcome.Held { Credential: { } after })
        {
            return new ApprovePasskeyChallengeResult.Refused(((CeremonyOutcome.Refused)outcome).Problem);
        }

        return asked.Kind == CeremonyKind.Open
            ? await KeepOpenAsync(key, read, config, asked, after, now, ct)
            : await KeepAsync(key, read, config, asked, after, now, ct);
    }

    /// <summary>An open challenge has no row of its own: it is spent here first, and given back where the store kept nothing.</summary>
    async Task<ApprovePasskeyChallengeResult> KeepOpenAsync(
        EntityKey key, EntityRead read, PasskeyConfig config, CeremonyChallenge asked, PasskeyCredential after, DateTimeOffset now, CancellationToken ct)
    {
        var solved = new SolvedChallenge(0, (ulong)asked.Subject.Value, Until(asked).ToUnixTimeSeconds() + 1);
        if (_spent.TrySpend(solved, now.ToUnixTimeSeconds()) is { } spent)
        {
            return spent == ChallengeProblem.Used ? new ApprovePasskeyChallengeResult.Answered() : new ApprovePasskeyChallengeResult.Expired();
        }

        try
        {
            return await KeepAsync(key, read, config, asked, after, now, ct);
        }
        catch
        {
            _spent.GiveBack(solved);
            throw;
        }
    }

    Task<ApprovePasskeyChallengeResult> KeepAsync(
        EntityKey key, EntityRead read, PasskeyConfig config, CeremonyChallenge asked, PasskeyCredential after, DateTimeOffset now, CancellationToken ct) =>
        store.ChangeAsync<ApprovePasskeyChallengeResult>(key, read, current =>
        {
            if (Problem(current, asked, now) is { } sinceThen)
            {
                return new(sinceThen);
            }

            // Of two answers at once, each judged against the same counter, the second is judged again.
            var kept = PasskeyDocument.Of(current.Factor!);
            if ((after.SignCount != 0 || kept.Credential!.SignCount != 0) && after.SignCount <= kept.Credential!.SignCount)
            {
                return new(new ApprovePasskeyChallengeResult.Refused(CeremonyProblem.Counter));
            }

            return Approve(current, kept, config, asked, after, now);
        }, ct);

    static EntityChange<ApprovePasskeyChallengeResult> Approve(
        EntityState state, PasskeyDocument kept, PasskeyConfig config, CeremonyChallenge asked, PasskeyCredential credential, DateTimeOffset now)
    {
        var open = asked.Kind == CeremonyKind.Open;
        var spent = kept.Spent.Where(other => other.Until > now.ToUnixTimeMilliseconds());
        var factor = state.Factor! with
        {
            Document = (kept with
            {
                Credential = credential,
                Spent = open ? [.. spent, new SpentChallenge(asked.Subject.ToString(), Until(asked).ToUnixTimeMilliseconds())] : [.. spent],
            }).Write(),
        };
        var created = open ? asked.Subject.OrderedAt : state.Challenge!.CreatedAt;
        return new(new ApprovePasskeyChallengeResult.Approved(new PasskeyQuestion
        {
            Sid = asked.Subject,
            AccountSid = factor.AccountSid,
            ServiceSid = factor.ServiceSid,
            Entity = state.Entity,
            Factor = factor,
            Config = config,
            Challenge = asked.Bytes,
            Allowed = asked.Entity.Value == 0 ? [] : [credential],
            Status = ChallengeStatus.Approved,
            CreatedAt = created,
            UpdatedAt = now,
        }))
        {
            Factor = factor,
            Challenge = open ? null : state.Challenge! with { Status = ChallengeStatus.Approved, RespondedAt = now, UpdatedAt = now },
        };
    }

    /// <summary>Why an answer cannot count, whatever is signed; null for no reason.</summary>
    static ApprovePasskeyChallengeResult? Problem(EntityState state, CeremonyChallenge asked, DateTimeOffset now)
    {
        if (state.Factor is not { Type: FactorType.Passkey, Status: FactorStatus.Verified } factor)
        {
            return new ApprovePasskeyChallengeResult.OtherPasskey();
        }

        if (asked.Kind == CeremonyKind.Open)
        {
            return PasskeyDocument.Of(factor).Spent.Any(spent => spent.Sid == asked.Subject.ToString()) ? new ApprovePasskeyChallengeResult.Answered()
                : now >= Until(asked) ? new ApprovePasskeyChallengeResult.Expired()
                : null;
        }

        if (state.Challenge is not { FactorType: FactorType.Passkey } challenge
            || !CryptographicOperations.FixedTimeEquals(PasskeyChallengeDocument.Of(challenge).Challenge, asked.Bytes))
        {
            return new ApprovePasskeyChallengeResult.NotExpected();
        }

        return challenge.FactorSid != factor.Sid ? new ApprovePasskeyChallengeResult.OtherPasskey()
            : challenge.Status != ChallengeStatus.Pending ? new ApprovePasskeyChallengeResult.Answered()
            : challenge.IsOpen(now) ? null
            : new ApprovePasskeyChallengeResult.Expired();
    }

    static DateTimeOffset Until(CeremonyChallenge open) => open.Subject.OrderedAt + CeremonyChallenge.Life;

    static Challenge Event(PasskeyQuestion question) => new()
    {
        Sid = question.Sid,
        EntitySid = question.Factor!.EntitySid,
        FactorSid = question.Factor.Sid,
        ServiceSid = question.ServiceSid,
        AccountSid = question.AccountSid,
        Identity = question.Factor.Identity,
        FactorType = FactorType.Passkey,
        Status = question.Status,
        CreatedAt = question.CreatedAt,
        UpdatedAt = question.UpdatedAt,
        RespondedAt = question.UpdatedAt,
        ExpiresAt = question.CreatedAt + CeremonyChallenge.Life,
    };
}
