using Countersign.Core.Numbers;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>An attempt and the verification that it was for.</summary>
/// <param name="Attempt">What became of the send.</param>
/// <param name="Verification">Null where it is not kept any more.</param>
public sealed record SeenAttempt(AttemptRecord Attempt, Verification? Verification)
{
    /// <summary>Where it went: for a step of a fallback plan that may be another destination than the verification's. Null where the verification is not kept any more.</summary>
    public Destination? To => Verification is null ? null : FallbackPlan.DestinationOf(Verification, Attempt.Channel);

    /// <summary>Whether the attempt brought the approval: the verification was approved, and this was its latest send.</summary>
    public bool IsConverted => Verification is { Status: VerificationStatus.Approved } approved && approved.Attempts[^1].Sid == Attempt.Sid;
}

/// <summary>Finds the verifications of attempts: as they stand now, wherever the store has them.</summary>
public sealed class AttemptVerifications(IVerificationStore store)
{
    /// <summary>Asked for together, at most: more would crowd out starts and checks, which wait in the same queue.</summary>
    const int Together = 256;

    /// <summary>The attempts in the same order, each with its verification.</summary>
    public async Task<IReadOnlyList<SeenAttempt>> FindAsync(IReadOnlyList<AttemptRecord> attempts, CancellationToken ct)
    {
        var found = new Dictionary<Sid, Verification?>();
        foreach (var part in attempts.DistinctBy(attempt => attempt.VerificationSid).Chunk(Together))
        {
            var steps = part.Select(attempt => new LookStep { ServiceSid = attempt.ServiceSid, VerificationSid = attempt.VerificationSid }).ToList();
            await Task.WhenAll(steps.Select(step => store.ApplyAsync(step, ct)));
            steps.ForEach(step => found[step.VerificationSid!.Value] = step.Found);
        }

        return [.. attempts.Select(attempt => new SeenAttempt(attempt, found[attempt.VerificationSid]))];
    }

    /// <summary>Reads and changes nothing.</summary>
    sealed class LookStep : VerificationStep
    {
        public Verification? Found { get; private set; }

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            Found = current;
            return StepDecision.Nothing;
        }
    }
}
