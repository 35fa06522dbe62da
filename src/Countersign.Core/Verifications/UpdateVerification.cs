using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Routing;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>Ends a pending verification by the caller's word: approved (it checked the code itself) or canceled.</summary>
public sealed class UpdateVerification(IVerificationStore store, DestinationIndex index, CarrierDirectory carriers, RouteLearning learning, StartGuard guard)
{
    /// <summary>Sets <paramref name="status"/>, which is approved or canceled.</summary>
    public async Task<UpdateVerificationResult> RunAsync(VerifyService service, VerificationName name, VerificationStatus status, CancellationToken ct)
    {
        var step = new UpdateStep(status)
        {
            ServiceSid = service.Sid,
            VerificationSid = name.Sid,
            Destination = name.To is null ? default : index.Of(name.To),
        };
        await store.ApplyAsync(step, ct);
        if (step.Result is UpdateVerificationResult.Updated updated)
        {
            Learn(updated.Verification, name.To is null ? index.Of(updated.Verification.To) : step.Destination, updated.Now);
        }

        return step.Result;
    }

    /// <summary>A caller that says approved has seen the code typed; one that cancels says nothing of how the message fared.</summary>
    void Learn(Verification ended, UInt128 destination, DateTimeOffset now)
    {
        var isLearned = carriers.HasOwnFor(ended);
        if (ended.Status == VerificationStatus.Approved)
        {
            if (isLearned)
            {
                learning.Converted(ended.Sid, now);
            }

            guard.Approved(ended, destination);
        }
        else if (isLearned)
        {
            learning.Dropped(ended.Sid);
        }
    }

    sealed class UpdateStep(VerificationStatus status) : VerificationStep
    {
        public UpdateVerificationResult Result { get; private set; } = null!;

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            if (current is null)
            {
                Result = new UpdateVerificationResult.NotFound(NotFoundReason.NeverExisted);
                return StepDecision.Nothing;
            }

            if (current.StatusAt(now) is not VerificationStatus.Pending and var ended)
            {
                Result = new UpdateVerificationResult.NotFound(NotFoundReasons.Of(ended));
                return StepDecision.Nothing;
            }

            var next = current with { Status = status, UpdatedAt = now };
            Result = new UpdateVerificationResult.Updated(next, now);
            return new StepDecision(next);
        }
    }
}

/// <summary>A verification as a path names it: by SID, or by the destination whose verification is pending.</summary>
public readonly record struct VerificationName(Sid? Sid, Destination? To);

/// <summary>How an update ends.</summary>
public abstract record UpdateVerificationResult
{
    public sealed record Updated(Verification Verification, DateTimeOffset Now) : UpdateVerificationResult;

    /// <summary>Nothing is pending there (20404), and why.</summary>
    public sealed record NotFound(NotFoundReason Reason) : UpdateVerificationResult;

    UpdateVerificationResult()
    {
    }
}
