namespace Countersign.Core.Factors;

/// <summary>What is kept of a challenge. The numbers lie in stores. That it has expired is not among them: time says it.</summary>
public enum ChallengeStatus
{
    Pending = 0,
    Approved = 1,
    Denied = 2,
}

/// <summary>A question to a person that one of their factors answers (YC…).</summary>
public sealed record Challenge
{
    /// <summary>Its time is <see cref="CreatedAt"/>, to the millisecond.</summary>
    public required Sid Sid { get; init; }

    public required Sid EntitySid { get; init; }

    public required Sid FactorSid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required EntityIdentity Identity { get; init; }

    public required FactorType FactorType { get; init; }

    public ChallengeStatus Status { get; init; } = ChallengeStatus.Pending;

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When it was approved or denied; null until then.</summary>
    public DateTimeOffset? RespondedAt { get; init; }

    /// <summary>Cannot be answered from then on.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Wrong answers so far.</summary>
    public int Tries { get; init; }

    /// <summary>Push messages about it so far.</summary>
    public int Notifications { get; init; }

    /// <summary>What the person is shown; null for a factor that shows nothing.</summary>
    public ChallengeDetails? Details { get; init; }

    /// <summary>A JSON object that the caller keeps here and the person is not shown, as it was given; null for none.</summary>
    public string? HiddenDetails { get; init; }

    /// <summary>A JSON object that came with the answer, as it was given; null for none.</summary>
    public string? Metadata { get; init; }

    /// <summary>What factors of other types keep, as JSON that the store does not look into. Sealed like all the rest.</summary>
    public string? Document { get; init; }

    /// <summary>Whether it may still be answered.</summary>
    public bool IsOpen(DateTimeOffset now) => Status == ChallengeStatus.Pending && now < ExpiresAt;
}

/// <summary>What the person is asked.</summary>
/// <param name="Message">Up to 256 characters.</param>
/// <param name="Fields">Up to 20 things to look at before answering.</param>
/// <param name="Date">When it happened that the person is asked about, where the service includes it.</param>
public sealed record ChallengeDetails(string Message, IReadOnlyList<ChallengeField> Fields, DateTimeOffset? Date);

/// <summary>One thing to look at, such as "Amount" and "€ 20".</summary>
public sealed record ChallengeField(string Label, string Value);
