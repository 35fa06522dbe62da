namespace Countersign.Core.Factors;

/// <summary>What is to change of a factor; null leaves it as it is.</summary>
public sealed record UpdateFactorCommand
{
    public required EntityKey Key { get; init; }

    public required Sid FactorSid { get; init; }

    public string? FriendlyName { get; init; }

    /// <summary>Proves that somebody holds it: a code of a TOTP factor, a signature of a push factor.</summary>
    public string? AuthPayload { get; init; }

    public TotpAlgorithm? Algorithm { get; init; }

    public int? CodeLength { get; init; }

    public int? TimeStep { get; init; }

    public int? Skew { get; init; }

    public PushToken? Token { get; init; }

    public PushPlatform? Platform { get; init; }

    public string? SdkVersion { get; init; }

    internal bool ChangesTotp => Algorithm is not null || CodeLength is not null || TimeStep is not null || Skew is not null;

    internal bool ChangesPush => Token is not null || Platform is not null || SdkVersion is not null;
}

/// <summary>How it went.</summary>
public abstract record UpdateFactorResult
{
    /// <summary>As it is now. After a wrong code it is as unverified as before.</summary>
    public sealed record Updated(Factor Factor) : UpdateFactorResult;

    public sealed record NotFound : UpdateFactorResult;

    /// <summary>The change does not fit the factor's type.</summary>
    public sealed record WrongType(FactorType Type) : UpdateFactorResult;

    /// <summary>A TOTP factor that is verified already: codes are checked by challenges.</summary>
    public sealed record AlreadyVerified : UpdateFactorResult;

    /// <summary>Too many wrong codes: it can only be deleted.</summary>
    public sealed record MaxTries : UpdateFactorResult;

    /// <summary>The signature is not the device's.</summary>
    public sealed record WrongSignature : UpdateFactorResult;

    /// <summary>A token for a factor that no platform carries messages to.</summary>
    public sealed record NoPlatform : UpdateFactorResult;

    UpdateFactorResult()
    {
    }
}

/// <summary>Changes a factor, and verifies it where a proof comes along.</summary>
public sealed class UpdateFactor(IEntityStore store, IEntityEvents events, TimeProvider time)
{
    public async Task<UpdateFactorResult> RunAsync(UpdateFactorCommand command, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var wasVerified = false;
        var result = await store.ChangeAsync(command.Key, new EntityRead(command.FactorSid), state =>
        {
            wasVerified = state.Factor?.Status == FactorStatus.Verified;
            return Decide(state.Factor, command, now);
        }, ct);
        if (result is UpdateFactorResult.Updated { Factor: { Status: FactorStatus.Verified } factor } && !wasVerified)
        {
            await events.RecordAsync(new EntityEvent(EntityEventKind.FactorVerified, factor, null, now), CancellationToken.None);
        }

        return result;
    }

    static EntityChange<UpdateFactorResult> Decide(Factor? factor, UpdateFactorCommand command, DateTimeOffset now)
    {
        // A set of backup codes has paths of its own.
        if (factor is null or { Type: FactorType.BackupCodes })
        {
            return new EntityChange<UpdateFactorResult>(new UpdateFactorResult.NotFound());
        }

        if ((command.ChangesTotp && factor.Totp is null) || (command.ChangesPush && factor.Push is null) || (command.AuthPayload is not null && factor is { Totp: null, Push: null }))
        {
            return new EntityChange<UpdateFactorResult>(new UpdateFactorResult.WrongType(factor.Type));
        }

        if (command is { Token: not null, Platform: null } && factor.Push is { Platform: PushPlatform.None })
        {
            return new EntityChange<UpdateFactorResult>(new UpdateFactorResult.NoPlatform());
        }

        // The proof is of the factor as the person has it, not as it is to become.
        var (proven, refusal) = Prove(factor, command.AuthPayload, now);
        if (refusal is not null)
        {
            return new EntityChange<UpdateFactorResult>(refusal);
        }

        var after = Change(proven, command) with { UpdatedAt = now };
        return new EntityChange<UpdateFactorResult>(new UpdateFactorResult.Updated(after)) { Factor = after };
    }

    static (Factor Factor, UpdateFactorResult? Refusal) Prove(Factor factor, string? proof, DateTimeOffset now)
    {
        if (proof is null)
        {
            return (factor, null);
        }

        if (factor.Push is { } push)
        {
            return DeviceSignature.IsOf(push.PublicKey, factor.Sid, proof) ? (factor with { Status = FactorStatus.Verified }, null) : (factor, new UpdateFactorResult.WrongSignature());
        }

        if (factor.Status == FactorStatus.Verified)
        {
            // Not answered with "verified", which a caller could take for a code that was right.
            return (factor, new UpdateFactorResult.AlreadyVerified());
        }

        if (factor.Tries >= FactorLimits.MaxTries)
        {
            return (factor, new UpdateFactorResult.MaxTries());
        }

        return TotpCodes.Match(factor.Totp!, proof, now) is { } step
            ? (factor with { Status = FactorStatus.Verified, Tries = 0, Totp = factor.Totp! with { LastStep = step } }, null)
            : (factor with { Tries = factor.Tries + 1 }, null);
    }

    static Factor Change(Factor factor, UpdateFactorCommand command) => factor with
    {
        FriendlyName = command.FriendlyName ?? factor.FriendlyName,
        Totp = factor.Totp is not { } totp ? null : TotpCodes.WithTimeStep(totp, command.TimeStep ?? totp.TimeStep) with
        {
            Algorithm = command.Algorithm ?? totp.Algorithm,
            CodeLength = command.CodeLength ?? totp.CodeLength,
            Skew = command.Skew ?? totp.Skew,
        },
        Push = factor.Push is { } push ? Change(push, command) : null,
    };

    static PushBinding Change(PushBinding push, UpdateFactorCommand command)
    {
        // A token is of one platform.
        var platform = command.Platform ?? push.Platform;
        return push with
        {
            Platform = platform,
            Token = command.Platform == PushPlatform.None ? null : command.Token ?? (platform == push.Platform ? push.Token : null),
            SdkVersion = command.SdkVersion ?? push.SdkVersion,
        };
    }
}
