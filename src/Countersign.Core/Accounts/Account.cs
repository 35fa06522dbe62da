using Countersign.Core.Privacy;

namespace Countersign.Core.Accounts;

/// <summary>An account (AC…): who pays, and the border that no request crosses.</summary>
public sealed record Account
{
    public required Sid Sid { get; init; }

    public required string FriendlyName { get; init; }

    /// <summary>The Auth Token. It signs callbacks, so the store seals it instead of hashing it.</summary>
    public required ApiSecret AuthToken { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An API key (SK…) of an account. Only a keyed hash of its secret is kept; the secret is shown once.</summary>
public sealed record ApiKey
{
    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    public required string FriendlyName { get; init; }

    public required SecretHash SecretHash { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
