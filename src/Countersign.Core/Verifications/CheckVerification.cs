using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Routing;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>Says whether what the person typed is right.</summary>
public sealed class CheckVerification(IVerificationStore store, CodeVault codes, DestinationIndex index, CarrierDirectory carriers, RouteLearning learning, StartGuard guard)
{
    public async Task<CheckVerificationResult> RunAsync(CheckVerificationCommand command, CancellationToken ct)
    {
        if (command.Service.Psd2Enabled && (command.Amount is null || command.Payee is null))
        {
            return new CheckVerificationResult.AmountAndPayeeRequired();
        }

        var step = new CheckStep(command, codes, index)
        {
            ServiceSid = command.Service.Sid,
            VerificationSid = command.VerificationSid,
            Destination = command.VerificationSid is null ? index.Of(command.To!) : default,
        };
        await store.ApplyAsync(step, ct);
        VerificationMetrics.Checked(step.Result);
        if (step.Result is CheckVerificationResult.Checked { Verification: { Status: VerificationStatus.Approved } approved } done)
        {
            if (carriers.HasOwnFor(approved))
            {
                learning.Converted(approved.Sid, done.Now);
            }

            guard.Approved(approved, command.VerificationSid is null ? step.Destination : index.Of(approved.To));
        }

        return step.Result;
    }

    sealed class CheckStep(CheckVerificationCommand command, CodeVault codes, DestinationIndex index) : VerificationStep
    {
        public CheckVerificationResult Result { get; private set; } = null!;

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            // A SID and a destination that do not belong together are as good as none, or either could be probed with the other.
            if (current is null || (command.To is not null && current.To.Identity != command.To.Identity))
            {
                Result = new CheckVerificationResult.NotFound(NotFoundReason.NeverExisted);
                return StepDecision.Nothing;
            }

            var status = current.StatusAt(now);
            if (status != VerificationStatus.Pending)
            {
                Result = status == VerificationStatus.MaxAttemptsReached && FailedChecks.WaitUntil(current) is var until && now < until
                    ? new CheckVerificationResult.ChecksExhausted(until - now)
                    : new CheckVerificationResult.NotFound(NotFoundReasons.Of(status));
                return StepDecision.Nothing;
            }

            if (IsOfFormerTestNumber(current))
            {
                // The next start cancels it. Until then whoever knew the code would still verify the number, which may be somebody's by now.
                Result = new CheckVerificationResult.NotFound(NotFoundReason.Canceled);
                return StepDecision.Nothing;
            }

            if (current.Details.IsReserved && command.DeviceIp is not null && FailedChecks.NetworkOf(command.DeviceIp) != current.Details.KnownNetwork)
            {
                Result = new CheckVerificationResult.ChecksExhausted(current.ExpiresAt - now);
                return StepDecision.Nothing;
            }

            // Counted before compared: the store runs this step alone on the verification, so of any number of guesses at once five are compared.
            var checks = current.Checks + 1;
            var next = current with { Checks = checks, UpdatedAt = now, Status = Judge(current, checks), To = command.To is PhoneNumber same ? same : current.To };
            if (next.Status == VerificationStatus.Approved && command.DeviceIp is { } typedAt && typedAt != current.Details.DeviceIp)
            {
                // The code was typed there; where it was asked for is kept beside.
                next = next with { Details = current.Details with { DeviceIp = typedAt, Origins = SendOrigins.Of(current) } };
            }

            Result = new CheckVerificationResult.Checked(next, now);
            return new StepDecision(next);
        }

        /// <summary>Started for a test number that the service no longer has, or with a fixed code that is no longer the number's.</summary>
        bool IsOfFormerTestNumber(Verification pending) => pending.Details.IsTest
            && (command.Service.TestNumbers.GetValueOrDefault(index.Of(pending.To)) is not { } test
                || (pending.Details.HasFixedCode && !codes.Matches(pending.Code, test.Code.Reveal(), Verification.BindingOf(pending.Details.Amount, pending.Details.Payee))));

        VerificationStatus Judge(Verification current, int checks)
        {
            // The binding that the caller repeats decides what the code must be; the stored one decides what it is good for.
            var binding = Verification.BindingOf(command.Amount, command.Payee);
            var sameBinding = binding == Verification.BindingOf(current.Details.Amount, current.Details.Payee);
            if (codes.Matches(current.Code, command.Code.Reveal(), binding) && sameBinding)
            {
                return VerificationStatus.Approved;
            }

            return checks >= FailedChecks.GuessesOf(current) ? VerificationStatus.MaxAttemptsReached : VerificationStatus.Pending;
        }
    }
}

/// <summary>A guess, about the verification named by SID, by destination, or by both.</summary>
public sealed record CheckVerificationCommand
{
    public required VerifyService Service { get; init; }

    public Sid? VerificationSid { get; init; }

    public Destination? To { get; init; }

    public required OneTimeCode Code { get; init; }

    public string? Amount { get; init; }

    public string? Payee { get; init; }

    /// <summary>The address of the device that the code was typed on; null where the caller did not pass it.</summary>
    public string? DeviceIp { get; init; }
}

/// <summary>How a check ends.</summary>
public abstract record CheckVerificationResult
{
    /// <summary>The guess was evaluated: approved, or pending with one guess less, or the last guess is gone.</summary>
    public sealed record Checked(Verification Verification, DateTimeOffset Now) : CheckVerificationResult;

    /// <summary>There is nothing to check (20404), and why.</summary>
    public sealed record NotFound(NotFoundReason Reason) : CheckVerificationResult;

    /// <summary>The guesses are used up (60202).</summary>
    public sealed record ChecksExhausted(TimeSpan RetryIn) : CheckVerificationResult;

    /// <summary>A PSD2 service needs both (60206).</summary>
    public sealed record AmountAndPayeeRequired : CheckVerificationResult;

    CheckVerificationResult()
    {
    }
}
