namespace Countersign.Core.Factors;

/// <summary>A person in one service (YE…), by the caller's own name for them. Has factors, and challenges that they answer with one.</summary>
public sealed record Entity
{
    public required Sid Sid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required EntityIdentity Identity { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When factors were made, as far as it still counts against the limit of a day. Factors that were deleted since are among them.</summary>
    public IReadOnlyList<DateTimeOffset> FactorsMade { get; init; } = [];

    /// <summary>When the newest challenge was made: the next is later, so that their moments are an order.</summary>
    public DateTimeOffset? NewestChallengeAt { get; init; }
}
