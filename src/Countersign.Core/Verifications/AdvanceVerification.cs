using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Guard;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Verifications;

/// <summary>
/// Moves a pending verification on when a send failed or was waited for in vain: gives the person a send back that a carrier wasted, and sends the code by the next
/// channel of its fallback plan. Safe to repeat: it acts only while the send that it was called for is the last one.
/// </summary>
public sealed partial class AdvanceVerification(
    IVerificationStore store, IServiceStore services, ServedChannels channels, DestinationIndex index, StartGuard guard, RandomSource random, ILogger<AdvanceVerification> logger)
{
    /// <summary>Runs after <paramref name="attempt"/> failed for a reason, or, with none, after its time was over.</summary>
    /// <returns>The verification as it is now when something changed; else null.</returns>
    public async Task<Verification?> RunAsync(Sid service, Sid verification, Sid attempt, DeliveryError? error, CancellationToken ct)
    {
        if (await FindAsync(service, ct) is not { } found)
        {
            return null;
        }

        var step = new AdvanceStep(found, attempt, error, channels, index, guard, random) { ServiceSid = service, VerificationSid = verification };
        await store.ApplyAsync(step, ct);
        foreach (var (channel, reason) in step.Skipped)
        {
            LogSkipped(verification, channel, reason);
        }

        return step.Result;
    }

    /// <summary>The service; as it was last read, where its row was damaged since: what it began goes on.</summary>
    async ValueTask<VerifyService?> FindAsync(Sid service, CancellationToken ct)
    {
        try
        {
            return await services.FindAsync(service, ct);
        }
        catch (StoreUnavailableException) when (services.LastRead(service) is not null)
        {
            return services.LastRead(service);
        }
    }

    sealed class AdvanceStep(
        VerifyService service, Sid attemptSid, DeliveryError? error, ServedChannels channels, DestinationIndex index, StartGuard guard, RandomSource random) : VerificationStep
    {
        public Verification? Result { get; private set; }

        /// <summary>Steps of the plan that Guard forbids, which are passed over.</summary>
        public List<(Channels.Channel Channel, string Reason)> Skipped { get; } = [];

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            Result = null;
            Skipped.Clear();
            if (current is null || current.StatusAt(now) != VerificationStatus.Pending)
            {
                return StepDecision.Nothing;
            }

            // The end of the plan is kept: its alarm still rings, and knows of no error.
            var pending = IsOver(current) ? FallbackPlan.End(current) : GiveBack(current);
            if (pending.Attempts[^1].Sid == attemptSid && FallbackPlan.Next(pending, step => IsServed(pending, step) && IsAllowed(pending, step)) is { } next && TryKnowCode(pending, out var custom))
            {
                Destination = index.Of(pending.To);
                var attempt = new SendAttempt(Sid.NewOrdered("VL", now, random, ShardOf(ServiceSid, Destination)), now, next.Step.Channel);
                Result = pending with
                {
                    Channel = attempt.Channel,
                    UpdatedAt = now,
                    ExpiresAt = now + service.CodeLifetime,
                    Attempts = pending.Attempts.Add(attempt),
                };
                return new StepDecision(Result, attempt, custom, WakeAt: FallbackPlan.Next(Result, step => IsServed(pending, step))?.At);
            }

            Result = ReferenceEquals(pending, current) ? null : pending;
            return new StepDecision(Result);
        }

        /// <summary>What is no number, or is taken for fraud, is not tried on another channel. A mailbox of the plan that is none says nothing of the number.</summary>
        bool IsOver(Verification current) =>
            error is { } reason && DeliveryErrors.ClassOf(reason) is SendFailure.FraudBlock or SendFailure.NumberRefused
            && current.Attempts.FirstOrDefault(attempt => attempt.Sid == attemptSid) is { } failed && FallbackPlan.OtherDestination(current, failed.Channel) is null;

        Verification GiveBack(Verification current)
        {
            if (error is not { } reason || DeliveryErrors.ClassOf(reason) is not (SendFailure.CarrierDown or SendFailure.TryAgain))
            {
                return current;
            }

            for (var i = 0; i < current.Attempts.Length; i++)
            {
                if (current.Attempts[i].Sid == attemptSid && !current.Attempts[i].Free)
                {
                    return current with { Attempts = current.Attempts.SetItem(i, current.Attempts[i] with { Free = true }) };
                }
            }

            return current;
        }

        bool IsServed(Verification pending, FallbackStep step) =>
            (step.Channel.NamesPayments || !service.Psd2Enabled)
            && channels.Serves(pending.AccountSid, pending.ServiceSid, step.Channel, DestinationOf(pending, step), pending.Details.IsTest);

        bool IsAllowed(Verification pending, FallbackStep step)
        {
            var to = DestinationOf(pending, step);
            if (pending.Details.IsTest || guard.Forbids(service, to, index.Of(to), step.Channel) is not { } refusal)
            {
                return true;
            }

            Skipped.Add((step.Channel, refusal.Reason));
            return false;
        }

        static Numbers.Destination DestinationOf(Verification pending, FallbackStep step) => step.To is null ? pending.To : Numbers.Destination.Restore(step.To);

        /// <summary>The code to send: ours, or a test number's fixed one. One that the caller chose was not kept, so it cannot be sent again.</summary>
        bool TryKnowCode(Verification pending, out OneTimeCode? custom)
        {
            custom = pending.Details.IsTest ? service.TestNumbers.GetValueOrDefault(index.Of(pending.To))?.Code : null;
            return pending.Code.CustomHash is null || custom is not null;
        }
    }

    [LoggerMessage(1131, LogLevel.Information, "The fallback plan of {Verification} passes over {Channel}: {Reason}")]
    partial void LogSkipped(Sid verification, Channels.Channel channel, string reason);
}
