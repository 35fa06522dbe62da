namespace Countersign.Core.Factors;

/// <summary>The kinds of factors. The numbers lie in stores.</summary>
public enum FactorType
{
    /// <summary>Codes of an authenticator app (RFC 6238).</summary>
    Totp = 1,

    /// <summary>An app that signs its answers with a key of its own.</summary>
    Push = 2,

    /// <summary>A WebAuthn credential.</summary>
    Passkey = 3,

    /// <summary>A set of codes that are good once each.</summary>
    BackupCodes = 4,
}

/// <summary>The numbers lie in stores.</summary>
public enum FactorStatus
{
    /// <summary>Nobody has shown yet that they hold it.</summary>
    Unverified = 0,

    /// <summary>May answer challenges.</summary>
    Verified = 1,
}

/// <summary>Something that a person holds and proves to hold (YF…).</summary>
public sealed record Factor
{
    public required Sid Sid { get; init; }

    public required Sid EntitySid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required EntityIdentity Identity { get; init; }

    public required FactorType Type { get; init; }

    public FactorStatus Status { get; init; } = FactorStatus.Unverified;

    /// <summary>Up to 64 characters that the caller chose.</summary>
    public required string FriendlyName { get; init; }

    /// <summary>A JSON object of strings that the caller keeps here, as it was given; null for none.</summary>
    public string? Metadata { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Wrong tries in a row: to verify it, and later to answer challenges with it.</summary>
    public int Tries { get; init; }

    /// <summary>When challenges of it were made, as far as it still counts against a limit.</summary>
    public IReadOnlyList<DateTimeOffset> ChallengesMade { get; init; } = [];

    /// <summary>What a TOTP factor has.</summary>
    public TotpBinding? Totp { get; init; }

    /// <summary>What a push factor has.</summary>
    public PushBinding? Push { get; init; }

    /// <summary>What factors of other types keep, as JSON that the store does not look into. Sealed like all the rest.</summary>
    public string? Document { get; init; }

    /// <summary>What a passkey is found by (<see cref="EntityIndex.OfCredential"/>): unique, for each service. Null for other types.</summary>
    public UInt128? Credential { get; init; }
}
