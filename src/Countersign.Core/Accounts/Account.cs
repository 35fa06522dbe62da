using Countersign.Core.Privacy;

namespace Countersign.Core.Accounts;

/// <summary>An account (AC…): who pays, and the border that no request crosses.</summary>
public sealed record Account
{
    public required Sid Sid { get; init; }

    public required string FriendlyName { get; init; }

    /// <summary>The Auth Token. It signs callbacks, so the store seals it instead of hashing it.</summary>
    public required ApiSecret AuthToken { get; init; }

    /// <summary>A second token that lets in as well, while the first is being replaced; null for none.</summary>
    public ApiSecret? SecondaryToken { get; init; }

    public AccountStatus Status { get; init; } = AccountStatus.Active;

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Whether an account may be used. The numbers are stored.</summary>
public enum AccountStatus
{
    Active = 1,

    /// <summary>Nothing of it lets in, until it is active again.</summary>
    Suspended = 2,

    /// <summary>Nothing of it lets in any more.</summary>
    Closed = 3,
}

/// <summary>An API key (SK…) of an account. Only a keyed hash of its secret is kept; the secret is shown once.</summary>
public sealed record ApiKey
{
    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    public required string FriendlyName { get; init; }

    public required SecretHash SecretHash { get; init; }

    public ApiKeyKind Kind { get; init; } = ApiKeyKind.Main;

    /// <summary>The permissions of a restricted key, such as <c>/verify/verifications/create</c>; empty for the other kinds.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What a key may do. The numbers are stored.</summary>
public enum ApiKeyKind
{
    /// <summary>Whatever the Auth Token may.</summary>
    Main = 1,

    /// <summary>Everything but keys and accounts.</summary>
    Standard = 2,

    /// <summary>What its permissions name.</summary>
    Restricted = 3,
}
