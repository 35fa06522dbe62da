namespace Countersign.Core.Factors;

/// <summary>A permission to add one kind of factor to one entity, for an app that has no credentials (YK…).</summary>
public sealed record AccessToken
{
    public required Sid Sid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required EntityIdentity Identity { get; init; }

    public required FactorType FactorType { get; init; }

    /// <summary>The name that the factor is to have; null to leave it to the app.</summary>
    public string? FactorFriendlyName { get; init; }

    /// <summary>How long the token is good for, 60 to 300 seconds.</summary>
    public required TimeSpan Lifetime { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt => CreatedAt + Lifetime;
}
