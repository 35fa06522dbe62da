using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Privacy;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>Reads a verification: by SID in any status, by destination only while it is pending.</summary>
public sealed class FetchVerification(IVerificationStore store, DestinationIndex index, FetchLimits limits)
{
    public async Task<FetchVerificationResult> RunAsync(VerifyService service, VerificationName name, CancellationToken ct)
    {
        var step = new FetchStep
        {
            ServiceSid = service.Sid,
            VerificationSid = name.Sid,
            Destination = name.To is null ? default : index.Of(name.To),
        };
        await store.ApplyAsync(step, ct);

        // Counted by what was found, so that a verification has one count, whichever way it is named.
        return step.Result is FetchVerificationResult.Found { Verification.Details.IsTest: false } found && limits.Judge(service, found.Verification.Sid, found.Now) is { } refusal
            ? new FetchVerificationResult.Refused(refusal)
            : step.Result;
    }

    sealed class FetchStep : VerificationStep
    {
        public FetchVerificationResult Result { get; private set; } = null!;

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            if (current is null)
            {
                Result = new FetchVerificationResult.NotFound(NotFoundReason.NeverExisted);
            }
            else if (VerificationSid is null && current.StatusAt(now) is not VerificationStatus.Pending and var ended)
            {
                Result = new FetchVerificationResult.NotFound(NotFoundReasons.Of(ended));
            }
            else
            {
                Result = new FetchVerificationResult.Found(current, now);
            }

            return StepDecision.Nothing;
        }
    }
}

/// <summary>How a fetch ends.</summary>
public abstract record FetchVerificationResult
{
    public sealed record Found(Verification Verification, DateTimeOffset Now) : FetchVerificationResult;

    /// <summary>There is none (20404), and why.</summary>
    public sealed record NotFound(NotFoundReason Reason) : FetchVerificationResult;

    /// <summary>It was read too often (20429).</summary>
    public sealed record Refused(GuardRefusal Refusal) : FetchVerificationResult;

    FetchVerificationResult()
    {
    }
}
