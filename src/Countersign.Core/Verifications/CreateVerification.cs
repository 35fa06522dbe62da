using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>Starts a verification, or sends the code of the pending one again.</summary>
public sealed class CreateVerification(IVerificationStore store, CodeVault codes, DestinationIndex index, Delivery.Carriers carriers, RandomSource random)
{
    public async Task<CreateVerificationResult> RunAsync(CreateVerificationCommand command, CancellationToken ct)
    {
        var result = await DecideAsync(command, ct);
        VerificationMetrics.Started(result, command.To);
        return result;
    }

    async Task<CreateVerificationResult> DecideAsync(CreateVerificationCommand command, CancellationToken ct)
    {
        var service = command.Service;
        if (command.CustomCode is not null && !service.CustomCodeEnabled)
        {
            return new CreateVerificationResult.FeatureNotEnabled("CustomCodeEnabled");
        }

        if (service.Psd2Enabled && (command.Details.Amount is null || command.Details.Payee is null))
        {
            return new CreateVerificationResult.AmountAndPayeeRequired();
        }

        var destination = index.Of(command.To);
        var test = service.TestNumbers.GetValueOrDefault(destination);

        // Nobody is told "pending" for a message that no carrier can take.
        if (command.Channel != Channel.Sms || carriers.For(command.To, isTest: test is not null) is null)
        {
            return new CreateVerificationResult.ChannelDisabled(command.Channel);
        }

        var step = new StartStep(command, codes, random)
        {
            ServiceSid = service.Sid,
            Destination = destination,
            Code = command.CustomCode ?? test?.Code,
            IsTest = test is not null,
        };
        await store.ApplyAsync(step, ct);
        return step.Result;
    }

    sealed class StartStep(CreateVerificationCommand command, CodeVault codes, RandomSource random) : VerificationStep
    {
        public required OneTimeCode? Code { get; init; }

        public required bool IsTest { get; init; }

        public CreateVerificationResult Result { get; private set; } = null!;

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            switch (current?.StatusAt(now))
            {
                // A number that became a test number meanwhile, ceased to be one or got another fixed code has its new code at once, and the old one is void.
                case VerificationStatus.Pending when current.Details.IsTest != IsTest || HasOtherFixedCode(current):
                    return Start(current, now) with { Ended = current with { Status = VerificationStatus.Canceled, UpdatedAt = now } };

                case VerificationStatus.Pending:
                    return Resend(current, now);

                // The next code would buy five more guesses: the destination waits out the old one first.
                case VerificationStatus.MaxAttemptsReached when NextSteps.ExhaustedUntil(current) is var until && now < until:
                    Result = new CreateVerificationResult.ChecksExhausted(until - now);
                    return StepDecision.Nothing;

                default:
                    return Start(current, now);
            }
        }

        bool HasOtherFixedCode(Verification pending) =>
            IsTest && command.CustomCode is null && !codes.Matches(pending.Code, Code!.Reveal(), Verification.BindingOf(pending.Details.Amount, pending.Details.Payee));

        StepDecision Start(Verification? ended, DateTimeOffset now)
        {
            // The newest of a destination is the one whose SID is the last, also when the clock was set back or two starts share a millisecond.
            var order = ended is not null && ended.Sid.OrderedAt >= now ? ended.Sid.OrderedAt.AddMilliseconds(1) : now;
            var seed = codes.NewSeed(Code is { } given ? given.Reveal().Length : command.Service.CodeLength);
            if (Code is not null)
            {
                seed = seed with { CustomHash = codes.HashCustom(seed, Code.Reveal(), Binding) };
            }

            var attempt = new SendAttempt(Sid.NewOrdered("VL", now, random), now, command.Channel);
            var verification = new Verification
            {
                Sid = Sid.NewOrdered("VE", order, random),
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
                Details = command.Details with { IsTest = IsTest },
                Attempts = [attempt],
            };
            Result = new CreateVerificationResult.Sent(verification, now);
            return new StepDecision(verification, attempt, Code);
        }

        StepDecision Resend(Verification pending, DateTimeOffset now)
        {
            if (pending.Attempts.Length >= VerificationLimits.MaxSends)
            {
                Result = new CreateVerificationResult.SendsExhausted(pending.ExpiresAt - now);
                return StepDecision.Nothing;
            }

            var sameBinding = Verification.BindingOf(pending.Details.Amount, pending.Details.Payee) == Binding;
            if (pending.Code.CustomHash is null ? Code is not null : Code is null || !sameBinding || !codes.Matches(pending.Code, Code.Reveal(), Binding))
            {
                Result = new CreateVerificationResult.OtherCodePending(pending.Sid);
                return StepDecision.Nothing;
            }

            var attempt = new SendAttempt(Sid.NewOrdered("VL", now, random), now, command.Channel);
            var verification = pending with
            {
                Channel = command.Channel,
                UpdatedAt = now,
                ExpiresAt = now + command.Service.CodeLifetime,
                Details = command.Details with { IsTest = IsTest },
                Attempts = pending.Attempts.Add(attempt),
            };
            Result = new CreateVerificationResult.Sent(verification, now);
            return new StepDecision(verification, attempt, Code);
        }

        string Binding => Verification.BindingOf(command.Details.Amount, command.Details.Payee);
    }
}

/// <summary>A start, with everything that could be checked without the store already checked.</summary>
public sealed record CreateVerificationCommand
{
    public required VerifyService Service { get; init; }

    public required Destination To { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>The caller's own code, 4 to 10 characters; null to have one made.</summary>
    public OneTimeCode? CustomCode { get; init; }

    public VerificationDetails Details { get; init; } = new();
}

/// <summary>How a start ends.</summary>
public abstract record CreateVerificationResult
{
    /// <summary>The message is in the outbox.</summary>
    public sealed record Sent(Verification Verification, DateTimeOffset Now) : CreateVerificationResult;

    /// <summary>All sends of the pending verification are used up (60203).</summary>
    public sealed record SendsExhausted(TimeSpan RetryIn) : CreateVerificationResult;

    /// <summary>All guesses of the last verification were used up a short while ago (60202).</summary>
    public sealed record ChecksExhausted(TimeSpan RetryIn) : CreateVerificationResult;

    /// <summary>A verification with another code is pending: cancel it first, or send the same code (60200).</summary>
    public sealed record OtherCodePending(Sid Pending) : CreateVerificationResult;

    /// <summary>The service's <paramref name="Setting"/> would have to allow it (60204).</summary>
    public sealed record FeatureNotEnabled(string Setting) : CreateVerificationResult;

    /// <summary>A PSD2 service needs both (60206).</summary>
    public sealed record AmountAndPayeeRequired : CreateVerificationResult;

    /// <summary>No carrier serves this channel (60223).</summary>
    public sealed record ChannelDisabled(Channel Channel) : CreateVerificationResult;

    CreateVerificationResult()
    {
    }
}
