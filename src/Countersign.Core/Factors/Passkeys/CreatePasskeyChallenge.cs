using Countersign.Core.Privacy;

namespace Countersign.Core.Factors.Passkeys;

/// <summary>A question that a passkey is to answer.</summary>
/// <param name="AccountSid">The account.</param>
/// <param name="ServiceSid">The service.</param>
/// <param name="Identity">Who is to answer; null for whoever has a passkey of this service.</param>
/// <param name="FactorSid">With which passkey; null for any.</param>
/// <param name="Config">What the service's settings say, for what no factor says itself; null where they name no relying party.</param>
public sealed record CreatePasskeyChallengeCommand(Sid AccountSid, Sid ServiceSid, EntityIdentity? Identity, Sid? FactorSid, PasskeyConfig? Config);

/// <summary>What came of it.</summary>
public abstract record CreatePasskeyChallengeResult
{
    /// <summary>It can be answered now.</summary>
    public sealed record Created(PasskeyQuestion Question) : CreatePasskeyChallengeResult;

    /// <summary>There is no such person, or they have no such passkey.</summary>
    public sealed record NoPasskey : CreatePasskeyChallengeResult;

    /// <summary>The passkey is not registered yet.</summary>
    public sealed record NotVerified : CreatePasskeyChallengeResult;

    /// <summary>The passkey that is named was asked for as often as it may be.</summary>
    public sealed record TooMany(TimeSpan RetryIn) : CreatePasskeyChallengeResult;

    /// <summary>The service says no relying party.</summary>
    public sealed record NoRelyingParty : CreatePasskeyChallengeResult;

    CreatePasskeyChallengeResult()
    {
    }
}

/// <summary>A challenge as it is shown: of an open one nothing is kept until it is answered.</summary>
public sealed record PasskeyQuestion
{
    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    /// <summary>Who is to answer, or has; null for anybody.</summary>
    public Entity? Entity { get; init; }

    /// <summary>Which passkey is to answer, or has; null for any.</summary>
    public Factor? Factor { get; init; }

    public required PasskeyConfig Config { get; init; }

    /// <summary>What the browser is to sign.</summary>
    public required byte[] Challenge { get; init; }

    /// <summary>The passkeys that may answer; empty for any that the browser finds.</summary>
    public IReadOnlyList<PasskeyCredential> Allowed { get; init; } = [];

    public ChallengeStatus Status { get; init; } = ChallengeStatus.Pending;

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>
/// Asks for a passkey. Where one passkey is named, or the person has but one, the challenge is kept below them; where several may answer, or anybody's, it is kept nowhere until
/// it is answered. So is one for the only passkey of a person whose kept challenges have reached their limit (<see cref="ChallengeLimits"/>): whoever knows a name can ask, and must
/// neither fill the store nor shut the person out.
/// </summary>
public sealed class CreatePasskeyChallenge(IEntityStore store, EntityIndex index, KeyRing ring, TimeProvider time, RandomSource random)
{
    public async Task<CreatePasskeyChallengeResult> RunAsync(CreatePasskeyChallengeCommand command, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        if (command.Identity is not { } identity)
        {
            return command.Config is { } settings
                ? new CreatePasskeyChallengeResult.Created(Open(command, settings, null, [], now))
                : new CreatePasskeyChallengeResult.NoRelyingParty();
        }

        var drawn = Sid.NewOrdered("YC", now, random);
        var tail = CeremonyChallenge.Draw(random);
        return await store.ChangeAsync<CreatePasskeyChallengeResult>(index.Of(command.ServiceSid, identity), new EntityRead(Only: FactorType.Passkey), state =>
        {
            var passkeys = state.Factors.Where(factor => command.FactorSid is not { } named || factor.Sid == named).ToList();
            var verified = passkeys.Where(static factor => factor.Status == FactorStatus.Verified).ToList();
            if (state.Entity is not { } entity || verified.Count == 0)
            {
                return new(passkeys.Count > 0 && command.FactorSid is not null ? new CreatePasskeyChallengeResult.NotVerified() : new CreatePasskeyChallengeResult.NoPasskey());
            }

            if (verified is [var only])
            {
                if (ChallengeLimits.WaitFor(only, now) is not { } wait)
                {
                    return Kept(entity, only);
                }

                if (command.FactorSid is not null)
                {
                    // An open one would let in another passkey that the person adds meanwhile, and this one alone was asked for.
                    return new(new CreatePasskeyChallengeResult.TooMany(wait));
                }
            }

            return new(new CreatePasskeyChallengeResult.Created(AnyOf(entity, verified)));
        }, ct);

        PasskeyQuestion AnyOf(Entity entity, IReadOnlyList<Factor> verified)
        {
            // A browser asks for one relying party: of several, that of the newest passkey.
            var config = PasskeyDocument.Of(verified[^1]).Config.Under(command.Config);
            var allowed = new List<PasskeyCredential>(verified.Count);
            foreach (var factor in verified)
            {
                var passkey = PasskeyDocument.Of(factor);
                if (passkey.Config.RelyingPartyId != config.RelyingPartyId)
                {
                    continue;
                }

                allowed.Add(passkey.Credential!);
                if (passkey.Config.Under(command.Config).UserVerification != config.UserVerification)
                {
                    // Each is judged by its own: discouraged would have one refused that requires it, and required would shut out one that cannot.
                    config = config with { UserVerification = "preferred" };
                }
            }

            return Open(command, config, entity, allowed, now);
        }

        EntityChange<CreatePasskeyChallengeResult> Kept(Entity entity, Factor factor)
        {
            // An entity's challenges each have a millisecond of their own.
            var at = Moments.After(entity.NewestChallengeAt, now);
            var sid = at == now ? drawn : Sid.FromBytes("YC", Moved(drawn, at));
            var passkey = PasskeyDocument.Of(factor);
            var config = passkey.Config.Under(command.Config);
            var asked = CeremonyChallenge.New(CeremonyKind.Known, sid, entity.Sid, tail);
            var question = new PasskeyQuestion
            {
                Sid = sid,
                AccountSid = command.AccountSid,
                ServiceSid = command.ServiceSid,
                Entity = entity,
                Factor = factor,
                Config = config,
                Challenge = asked.Bytes,
                Allowed = [passkey.Credential!],
                CreatedAt = at,
                UpdatedAt = at,
            };
            return new(new CreatePasskeyChallengeResult.Created(question))
            {
                Entity = entity with { NewestChallengeAt = at },
                Factor = factor with { ChallengesMade = Moments.Recent(factor.ChallengesMade, FactorLimits.Day, now) },
                Challenge = new Challenge
                {
                    Sid = sid,
                    EntitySid = entity.Sid,
                    FactorSid = factor.Sid,
                    ServiceSid = command.ServiceSid,
                    AccountSid = command.AccountSid,
                    Identity = entity.Identity,
                    FactorType = FactorType.Passkey,
                    CreatedAt = at,
                    UpdatedAt = at,
                    ExpiresAt = at + CeremonyChallenge.Life,
                    Document = new PasskeyChallengeDocument { Config = config, Challenge = asked.Bytes }.Write(),
                },
            };
        }
    }

    PasskeyQuestion Open(CreatePasskeyChallengeCommand command, PasskeyConfig config, Entity? entity, IReadOnlyList<PasskeyCredential> allowed, DateTimeOffset now)
    {
        var sid = Sid.NewOrdered("YC", now, random);
        return new PasskeyQuestion
        {
            Sid = sid,
            AccountSid = command.AccountSid,
            ServiceSid = command.ServiceSid,
            Entity = entity,
            Config = config,
            Challenge = CeremonyChallenge.NewOpen(command.ServiceSid, sid, entity?.Sid, config.RelyingPartyId, ring).Bytes,
            Allowed = allowed,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    static byte[] Moved(Sid sid, DateTimeOffset at)
    {
        var bytes = new byte[16];
        Sid.FirstAt("YC", at).WriteTo(bytes);
        Span<byte> rest = stackalloc byte[16];
        sid.WriteTo(rest);
        rest[6..].CopyTo(bytes.AsSpan(6));
        return bytes;
    }
}
