namespace Countersign.Core.Factors;

/// <summary>A new factor as its maker wants it.</summary>
public sealed record CreateFactorCommand
{
    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required EntityIdentity Identity { get; init; }

    public required string FriendlyName { get; init; }

    public string? Metadata { get; init; }

    /// <summary>For a TOTP factor.</summary>
    public TotpBinding? Totp { get; init; }

    /// <summary>For a push factor. Its <see cref="PushBinding.CredentialSid"/> is made here.</summary>
    public PushBinding? Push { get; init; }
}

/// <summary>How it went.</summary>
public abstract record CreateFactorResult
{
    /// <summary>It is there, unverified.</summary>
    public sealed record Created(Factor Factor) : CreateFactorResult;

    /// <summary>The entity has a factor with this secret or key.</summary>
    public sealed record Exists : CreateFactorResult;

    /// <summary>The entity has as many of the type as it may.</summary>
    public sealed record TooMany(int Max) : CreateFactorResult;

    /// <summary>As many were made for the entity today as may be.</summary>
    public sealed record TooManyToday(TimeSpan RetryIn) : CreateFactorResult;

    CreateFactorResult()
    {
    }
}

/// <summary>Makes a factor, and the entity where there is none yet.</summary>
public sealed class CreateFactor(IEntityStore store, EntityIndex index, IEntityEvents events, TimeProvider time, RandomSource random)
{
    public async Task<CreateFactorResult> RunAsync(CreateFactorCommand command, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var key = index.Of(command.ServiceSid, command.Identity);
        var result = await store.ChangeAsync(key, new EntityRead(AllFactors: true), state => Decide(state, command, now), ct);
        if (result is CreateFactorResult.Created { Factor: var factor })
        {
            await events.RecordAsync(new EntityEvent(EntityEventKind.FactorCreated, factor, null, now), CancellationToken.None);
        }

        return result;
    }

    EntityChange<CreateFactorResult> Decide(EntityState state, CreateFactorCommand command, DateTimeOffset now)
    {
        var entity = state.Entity ?? CreateEntity.New(command.AccountSid, command.ServiceSid, command.Identity, now, random);
        var (type, max) = command.Totp is not null ? (FactorType.Totp, FactorLimits.MaxTotp) : (FactorType.Push, FactorLimits.MaxPush);
        if (state.Factors.Any(factor => IsSame(factor, command)))
        {
            return new EntityChange<CreateFactorResult>(new CreateFactorResult.Exists());
        }

        if (state.Factors.Count(factor => factor.Type == type) >= max)
        {
            return new EntityChange<CreateFactorResult>(new CreateFactorResult.TooMany(max));
        }

        var made = Moments.Recent(entity.FactorsMade, FactorLimits.Day, now);
        if (made.Count > FactorLimits.MaxMadeInADay)
        {
            return new EntityChange<CreateFactorResult>(new CreateFactorResult.TooManyToday(made[0] + FactorLimits.Day - now));
        }

        var at = Moments.After(state.Factors.Count > 0 ? state.Factors[^1].CreatedAt : null, now);
        var factor = new Factor
        {
            Sid = Sid.NewOrdered("YF", at, random),
            EntitySid = entity.Sid,
            ServiceSid = entity.ServiceSid,
            AccountSid = entity.AccountSid,
            Identity = entity.Identity,
            Type = type,
            FriendlyName = command.FriendlyName,
            Metadata = command.Metadata,
            CreatedAt = at,
            UpdatedAt = at,
            Totp = command.Totp,
            Push = command.Push is { } push ? push with { CredentialSid = Sid.NewRandom("CR", random) } : null,
        };
        return new EntityChange<CreateFactorResult>(new CreateFactorResult.Created(factor)) { Entity = entity with { FactorsMade = made, UpdatedAt = now }, Factor = factor };
    }

    static bool IsSame(Factor factor, CreateFactorCommand command) =>
        (factor.Totp is { } totp && totp.Secret.Equals(command.Totp?.Secret)) || (factor.Push is { } push && command.Push is { } asked && push.PublicKey.AsSpan().SequenceEqual(asked.PublicKey));
}
