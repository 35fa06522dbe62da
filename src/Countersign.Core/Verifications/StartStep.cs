using Countersign.Core.Codes;
using Countersign.Core.Guard.Challenges;
using Countersign.Core.Guard.Risk;

namespace Countersign.Core.Verifications;

/// <summary>What a start does to the newest verification of its destination: begins one, sends the code of a pending one again, or neither.</summary>
sealed class StartStep(CreateVerificationCommand command, CodeVault codes, RandomSource random) : VerificationStep
{
    public required OneTimeCode? Code { get; init; }

    public required bool IsTest { get; init; }

    /// <summary>The challenge whose solution let the start through; null for none.</summary>
    public SolvedChallenge? Solved { get; set; }

    /// <summary>The challenge was spent on the destination before, so that nothing was kept and there is no <see cref="Result"/>.</summary>
    public bool IsReplay { get; private set; }

    /// <summary>How Guard judged its risk.</summary>
    public RiskAssessment? Risk { get; set; }

    /// <summary>No text message, not later by the fallback plan either.</summary>
    public bool WithoutSms { get; set; }

    public CreateVerificationResult Result { get; private set; } = null!;

    public override StepDecision Decide(Verification? current, DateTimeOffset now)
    {
        IsReplay = Solved is { } solved && SpentWork.Knows(current, solved);
        if (IsReplay)
        {
            return StepDecision.Nothing;
        }

        switch (current?.StatusAt(now))
        {
            // A number that became a test number meanwhile, ceased to be one or got another fixed code has its new code at once, and the old one is void.
            case VerificationStatus.Pending when current.Details.IsTest != IsTest || HasOtherFixedCode(current):
                return Start(current, now) with { Ended = current with { Status = VerificationStatus.Canceled, UpdatedAt = now } };

            case VerificationStatus.Pending:
                return Resend(current, now);

            // The next code would buy five more guesses: the destination waits first, unless it is the person whom others keep waiting.
            case not null when FailedChecks.WaitUntil(current) is var until && now < until:
                if (FailedChecks.IsKnown(current, command.Details.DeviceIp) && now >= FailedChecks.WaitUntil(current, fromKnownNetwork: true))
                {
                    return Start(current, now, isReserved: true);
                }

                Result = new CreateVerificationResult.ChecksExhausted(until - now);
                return StepDecision.Nothing;

            default:
                return Start(current, now);
        }
    }

    /// <summary>
    /// Or this one for another payment: a code that is made changes with amount and payee by itself, a fixed one is good for another only in another verification. Not once somebody has guessed,
    /// or each payment would buy five more guesses.
    /// </summary>
    bool HasOtherFixedCode(Verification pending) =>
        IsTest && command.CustomCode is null && ((pending.Checks == 0 && !IsSamePayment(pending)) || !codes.Matches(pending.Code, Code!.Reveal(), BindingOf(pending)));

    bool IsSamePayment(Verification pending) => BindingOf(pending) == Binding;

    static string BindingOf(Verification pending) => Verification.BindingOf(pending.Details.Amount, pending.Details.Payee);

    StepDecision Start(Verification? ended, DateTimeOffset now, bool isReserved = false)
    {
        // The newest of a destination is the one whose SID is the last, also when the clock was set back or two starts share a millisecond.
        var order = ended is not null && ended.Sid.OrderedAt >= now ? ended.Sid.OrderedAt.AddMilliseconds(1) : now;
        var seed = codes.NewSeed(Code is { } given ? given.Reveal().Length : command.Service.CodeLength);
        if (Code is not null)
        {
            seed = seed with { CustomHash = codes.HashCustom(seed, Code.Reveal(), Binding) };
        }

        var attempt = new SendAttempt(Sid.NewOrdered("VL", now, random, Shard), now, command.Channel);
        var verification = new Verification
        {
            Sid = Sid.NewOrdered("VE", order, random, Shard),
            ServiceSid = command.Service.Sid,
            AccountSid = command.Service.AccountSid,
            To = command.To,
            Status = VerificationStatus.Pending,
            Channel = command.Channel,
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = now + command.Service.CodeLifetime,
            Checks = 0,
            Code = seed,
            Details = SpentWork.Keep(ended, FailedChecks.Carry(ended, Details, isReserved, now), Solved, now),
            Attempts = [attempt],
        };
        Result = new CreateVerificationResult.Sent(verification, now);
        return new StepDecision(verification, attempt, Code, WakeAt: FallbackPlan.Next(verification)?.At);
    }

    StepDecision Resend(Verification pending, DateTimeOffset now)
    {
        if (FallbackPlan.SendsLeft(pending) == 0)
        {
            Result = new CreateVerificationResult.SendsExhausted(pending.ExpiresAt - now);
            return StepDecision.Nothing;
        }

        // What a caller chose is not kept, so without it there is nothing to send again; and begun anew, another payment would have five more sends and guesses, with no wait between.
        if (pending.Code.CustomHash is null ? Code is not null : Code is null || !IsSamePayment(pending) || !codes.Matches(pending.Code, Code.Reveal(), Binding))
        {
            Result = new CreateVerificationResult.OtherCodePending(pending.Sid);
            return StepDecision.Nothing;
        }

        var (attempt, details) = (new SendAttempt(Sid.NewOrdered("VL", now, random, Shard), now, command.Channel), Details);
        var verification = pending with
        {
            Channel = command.Channel,
            UpdatedAt = now,
            ExpiresAt = now + command.Service.CodeLifetime,
            Details = SpentWork.Keep(pending, SendOrigins.Keep(pending, details, FailedChecks.Keep(pending, details), command.Channel), Solved, now),
            Attempts = pending.Attempts.Add(attempt),
        };
        Result = new CreateVerificationResult.Sent(verification, now);
        return new StepDecision(verification, attempt, Code, WakeAt: FallbackPlan.Next(verification)?.At);
    }

    VerificationDetails Details
    {
        get
        {
            var details = !IsTest && !command.Details.IsTest ? command.Details : command.Details with { IsTest = IsTest, HasFixedCode = IsTest && command.CustomCode is null };
            if (WithoutSms && details.Fallback is { } plan)
            {
                details = details with { Fallback = CreateVerification.WithoutSms(plan) };
            }

            return Risk is null ? details
                : ReferenceEquals(details, VerificationDetails.Nothing) && Risk == RiskAssessment.Clear ? VerificationDetails.Clear
                : details with { Risk = Risk };
        }
    }

    int Shard => ShardOf(ServiceSid, Destination);

    string Binding => Verification.BindingOf(command.Details.Amount, command.Details.Payee);
}
