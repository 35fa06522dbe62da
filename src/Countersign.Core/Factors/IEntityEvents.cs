namespace Countersign.Core.Factors;

/// <summary>Told what happened to factors and challenges, after it was kept. Must not fail and must not take long: a request waits.</summary>
public interface IEntityEvents
{
    /// <summary>Records one event. At most once: a server that dies between keeping and telling has not told.</summary>
    ValueTask RecordAsync(EntityEvent happened, CancellationToken ct);
}

/// <summary>What happened.</summary>
public enum EntityEventKind
{
    FactorCreated,
    FactorVerified,
    FactorDeleted,
    ChallengeApproved,
    ChallengeDenied,
}

/// <summary>One event.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Factor">The factor, as it is now; of a challenge, the one that answered.</param>
/// <param name="Challenge">The challenge, as it is now; null for an event of a factor.</param>
/// <param name="At">When.</param>
public sealed record EntityEvent(EntityEventKind Kind, Factor Factor, Challenge? Challenge, DateTimeOffset At);

/// <summary>Tells nobody.</summary>
public sealed class NoEntityEvents : IEntityEvents
{
    public ValueTask RecordAsync(EntityEvent happened, CancellationToken ct) => ValueTask.CompletedTask;
}
