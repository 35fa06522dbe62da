namespace Countersign.Core.Factors.Passkeys;

/// <summary>A passkey that is to be registered.</summary>
public sealed record CreatePasskeyFactorCommand(Sid AccountSid, Sid ServiceSid, EntityIdentity Identity, string FriendlyName, PasskeyConfig Config);

/// <summary>What came of it.</summary>
public abstract record CreatePasskeyFactorResult
{
    /// <summary>The factor waits for the browser's answer.</summary>
    /// <param name="Factor">The factor.</param>
    /// <param name="Passkey">What the browser is asked.</param>
    /// <param name="Others">The person's passkeys of the same relying party: an authenticator that holds one of them makes no second.</param>
    public sealed record Created(Factor Factor, PasskeyDocument Passkey, IReadOnlyList<PasskeyCredential> Others) : CreatePasskeyFactorResult;

    /// <summary>The person has as many passkeys as they may have.</summary>
    public sealed record TooMany(int Most) : CreatePasskeyFactorResult;

    /// <summary>As many factors were made for the person as may be in a day.</summary>
    public sealed record TooManyToday(int Most, TimeSpan RetryIn) : CreatePasskeyFactorResult;

    CreatePasskeyFactorResult()
    {
    }
}

/// <summary>Makes a passkey factor, and the person if need be. Registrations that ran out make room for new ones.</summary>
public sealed class CreatePasskeyFactor(IEntityStore store, EntityIndex index, IEntityEvents events, TimeProvider time, RandomSource random)
{
    public async Task<CreatePasskeyFactorResult> RunAsync(CreatePasskeyFactorCommand command, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var tail = CeremonyChallenge.Draw(random);
        var result = await store.ChangeAsync(index.Of(command.ServiceSid, command.Identity), new EntityRead(AllFactors: true), state => Decide(state), ct);
        if (result is CreatePasskeyFactorResult.Created created)
        {
            await events.RecordAsync(new EntityEvent(EntityEventKind.FactorCreated, created.Factor, null, now), CancellationToken.None);
        }

        return result;

        EntityChange<CreatePasskeyFactorResult> Decide(EntityState state)
        {
            var entity = state.Entity ?? CreateEntity.New(command.AccountSid, command.ServiceSid, command.Identity, now, random);
            var passkeys = state.Factors.Where(static factor => factor.Type == FactorType.Passkey).ToList();
            var stale = passkeys.Find(factor => factor.Status == FactorStatus.Unverified && PasskeyDocument.Of(factor).Until <= now.ToUnixTimeMilliseconds());
            if (passkeys.Count - (stale is null ? 0 : 1) >= PasskeyLimits.PerEntity)
            {
                return new(new CreatePasskeyFactorResult.TooMany(PasskeyLimits.PerEntity));
            }

            var made = Moments.Recent(entity.FactorsMade, FactorLimits.Day, now);
            if (made.Count > FactorLimits.MaxMadeInADay)
            {
                return new(new CreatePasskeyFactorResult.TooManyToday(FactorLimits.MaxMadeInADay, made[0] + FactorLimits.Day - now));
            }

            var at = Moments.After(state.Factors.Count > 0 ? state.Factors[^1].CreatedAt : null, now);
            var factorSid = Sid.NewOrdered("YF", at, random);
            var passkey = new PasskeyDocument
            {
                Config = command.Config,
                Challenge = CeremonyChallenge.New(CeremonyKind.Registration, factorSid, entity.Sid, tail).Bytes,
                Until = (now + CeremonyChallenge.Life).ToUnixTimeMilliseconds(),
            };
            var factor = new Factor
            {
                Sid = factorSid,
                EntitySid = entity.Sid,
                ServiceSid = command.ServiceSid,
                AccountSid = command.AccountSid,
                Identity = entity.Identity,
                Type = FactorType.Passkey,
                FriendlyName = command.FriendlyName,
                CreatedAt = at,
                UpdatedAt = at,
                Document = passkey.Write(),
            };
            var others = passkeys.Where(static other => other.Status == FactorStatus.Verified).Select(PasskeyDocument.Of)
                .Where(other => other.Config.RelyingPartyId == command.Config.RelyingPartyId).Select(static other => other.Credential!).ToList();
            return new(new CreatePasskeyFactorResult.Created(factor, passkey, others))
            {
                Entity = entity with { FactorsMade = made, UpdatedAt = now },
                Factor = factor,
                RemovedFactor = stale?.Sid,
            };
        }
    }
}

/// <summary>What bounds passkeys.</summary>
public static class PasskeyLimits
{
    /// <summary>Passkeys of one person.</summary>
    public const int PerEntity = 20;
}
