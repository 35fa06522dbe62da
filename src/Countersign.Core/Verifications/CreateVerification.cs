using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;

namespace Countersign.Core.Verifications;

/// <summary>Starts a verification, or sends the code of the pending one again.</summary>
public sealed class CreateVerification(IVerificationStore store, CodeVault codes, DestinationIndex index, ServedChannels channels, StartGuard guard, RandomSource random)
{
    public async Task<CreateVerificationResult> RunAsync(CreateVerificationCommand command, CancellationToken ct)
    {
        var result = Prepare(command, withoutSms: false, out var step, out var facts);
        if (step is not null)
        {
            result = Judge(command, ref step, ref facts!) ?? await ApplyAsync(step, facts, ct);
        }

        if (result is CreateVerificationResult.Refused { Refusal: var refusal })
        {
            GuardMetrics.Refused(refusal);
        }

        VerificationMetrics.Started(result!, command.To);
        return result!;
    }

    /// <summary>Guard's refusal; null where it let the start through, perhaps by another channel than the first that came to hand.</summary>
    CreateVerificationResult.Refused? Judge(CreateVerificationCommand command, ref StartStep step, ref StartFacts facts)
    {
        var refusal = guard.Judge(facts);
        if (refusal?.Kind == GuardRefusalKind.ChannelTooWeak && command.IsAuto)
        {
            if (Prepare(command, withoutSms: true, out var other, out var otherFacts) is not null)
            {
                facts.Untold?.Invoke();
                return new CreateVerificationResult.Refused(refusal);
            }

            (step, facts) = (other!, otherFacts! with { IsJudgedAgain = true });
            refusal = guard.Judge(facts);
        }

        return refusal is null ? null : new CreateVerificationResult.Refused(refusal);
    }

    async Task<CreateVerificationResult> ApplyAsync(StartStep step, StartFacts facts, CancellationToken ct)
    {
        (step.Risk, step.WithoutSms) = (facts.Risk, facts.WithoutSms);
        var sent = false;
        try
        {
            step.Solved = facts.Spent is { Pass.IsAgain: false } spent ? spent.Pass.Solved : null;
            await store.ApplyAsync(step, ct);
            if (step.IsReplay)
            {
                // Another node let a start through for it already.
                facts.Spent!.IsReplay = true;
                return new CreateVerificationResult.Refused(facts.Spent.AskAgain());
            }

            sent = step.Result is CreateVerificationResult.Sent;
        }
        finally
        {
            guard.Settle(facts, sent);
        }

        return step.Result is CreateVerificationResult.Sent accepted && guard.Wait(facts) is var wait && wait > TimeSpan.Zero
            ? accepted with { NextSendIn = wait }
            : step.Result;
    }

    /// <summary>The step that the store is to decide; or, without one, why it need not be asked.</summary>
    CreateVerificationResult? Prepare(CreateVerificationCommand command, bool withoutSms, out StartStep? step, out StartFacts? facts)
    {
        (step, facts) = (null, null);
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

        var isTest = test is not null;
        var fallback = command.Details.Fallback ?? DefaultFallback(service, command.To);
        var open = channels.ChannelsFor(service.AccountSid, service.Sid, command.To, isTest);
        if (service.Psd2Enabled)
        {
            // Whoever chose the channel, and whenever it comes.
            var asked = command.IsAuto && fallback is [var first, ..] ? first.Channel : command.Channel;
            fallback = fallback is null ? null : [.. fallback.Where(step => step.Channel.NamesPayments)];
            open = [.. open.Where(channel => channel.NamesPayments)];
            if (command.IsAuto ? fallback is { Count: 0 } : !command.Channel.NamesPayments)
            {
                return new CreateVerificationResult.NotForPayments(asked);
            }
        }

        // What Guard closes is no other channel to send anybody to. A plan keeps it, so that a refusal of all says why.
        var allowed = isTest || !guard.DiffersByChannel(service) ? open : guard.Allowed(service, command.To, destination, open);

        // Nobody is told "pending" for a message that no carrier can take.
        if (command.IsAuto)
        {
            fallback ??= PlanOf(open);
            if (FirstServed(withoutSms ? WithoutSms(fallback) : fallback, command, isTest, out var refusal) is not { } first)
            {
                return refusal is null ? new CreateVerificationResult.NoChannel() : new CreateVerificationResult.Refused(refusal);
            }

            command = command with { Channel = first.Channel };
        }
        else if (!channels.Serves(service.AccountSid, service.Sid, command.Channel, command.To, isTest))
        {
            return new CreateVerificationResult.ChannelDisabled(command.Channel, allowed);
        }

        if (fallback is not null || command.Details.Fallback is not null)
        {
            // A code that the caller chose is not kept, so it cannot be sent a second time by itself.
            command = command with { Details = command.Details with { Fallback = command.CustomCode is null ? fallback : null } };
        }

        var counted = index.OfCounted(command.To, destination);
        step = new StartStep(command, codes, random)
        {
            ServiceSid = service.Sid,
            Destination = destination,
            Code = command.CustomCode ?? test?.Code,
            IsTest = test is not null,
        };
        facts = new StartFacts
        {
            Service = service,
            To = command.To,
            DestinationKey = destination,
            CountedKey = counted,
            Channel = command.Channel,
            IsAuto = command.IsAuto,
            Plan = withoutSms && command.Details.Fallback is { } whole ? WithoutSms(whole) : command.Details.Fallback,
            OtherKeys = command.Details.Fallback is { } steps && OthersOf(steps, counted) is { } others ? others : [],
            IsTest = isTest,
            HasCustomCode = command.CustomCode is not null,
            DeviceIp = IpAddress.TryParse(command.Details.DeviceIp, out var device) ? device : null,
            Open = allowed,
            Signals = command.Signals,
        };
        return null;
    }

    /// <summary>The index values that limits count destinations by which a plan sends to beside the verification's own, each once; null for none.</summary>
    List<UInt128>? OthersOf(IReadOnlyList<FallbackStep> plan, UInt128 own)
    {
        List<UInt128>? others = null;
        foreach (var step in plan)
        {
            if (step.To is not null && index.Of(Destination.Restore(step.To).Counted) is var key && key != own && others?.Contains(key) != true)
            {
                (others ??= []).Add(key);
            }
        }

        return others;
    }

    /// <summary>The first step of a plan that a carrier serves and Guard does not forbid; with none, why Guard forbade the first that a carrier serves.</summary>
    FallbackStep? FirstServed(IReadOnlyList<FallbackStep> plan, CreateVerificationCommand command, bool isTest, out GuardRefusal? refusal)
    {
        refusal = null;
        foreach (var step in plan)
        {
            var to = step.To is null ? command.To : Destination.Restore(step.To);
            if (!channels.Serves(command.Service.AccountSid, command.Service.Sid, step.Channel, to, isTest))
            {
                continue;
            }

            if (isTest || guard.Forbids(command.Service, to, index.Of(to), step.Channel) is not { } forbidden)
            {
                return step;
            }

            refusal ??= forbidden;
        }

        return null;
    }

    internal static List<FallbackStep> WithoutSms(IReadOnlyList<FallbackStep> plan) => [.. plan.Where(step => step.Channel != Channel.Sms)];

    const int DefaultWaitSeconds = 30;

    static List<FallbackStep> PlanOf(IReadOnlyList<Channel> open) => [.. open.Select(served => new FallbackStep(served, DefaultWaitSeconds))];

    /// <summary>The service's own plan; a step that needs a mailbox is left out, since only the caller knows one.</summary>
    static IReadOnlyList<FallbackStep>? DefaultFallback(VerifyService service, Destination to) =>
        to is PhoneNumber && service.Fallback.Count > 0 ? [.. service.Fallback.Where(step => step.Channel != Channel.Email)] : null;
}

/// <summary>A start, with everything that could be checked without the store already checked.</summary>
public sealed record CreateVerificationCommand
{
    public required VerifyService Service { get; init; }

    public required Destination To { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>The caller leaves the channel to us, whatever <see cref="Channel"/> says.</summary>
    public bool IsAuto { get; init; }

    /// <summary>The caller's own code, 4 to 10 characters; null to have one made.</summary>
    public OneTimeCode? CustomCode { get; init; }

    public VerificationDetails Details { get; init; } = VerificationDetails.Nothing;

    /// <summary>What Guard judges the start by.</summary>
    public StartSignals Signals { get; init; } = StartSignals.None;
}

/// <summary>How a start ends.</summary>
public abstract record CreateVerificationResult
{
    /// <summary>The message is in the outbox.</summary>
    public sealed record Sent(Verification Verification, DateTimeOffset Now) : CreateVerificationResult
    {
        /// <summary>How long Guard would have the next send wait; zero for not at all.</summary>
        public TimeSpan NextSendIn { get; init; }
    }

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

    /// <summary>No carrier serves this channel (60223); those that are <paramref name="Open"/> can be used instead.</summary>
    public sealed record ChannelDisabled(Channel Channel, IReadOnlyList<Channel> Open) : CreateVerificationResult;

    /// <summary>The channel was left to us, and no carrier serves any (60550).</summary>
    public sealed record NoChannel : CreateVerificationResult;

    /// <summary>Guard did not let it through, and nothing was sent.</summary>
    public sealed record Refused(GuardRefusal Refusal) : CreateVerificationResult;

    /// <summary>The channel names no amount and no payee, so that nobody would know what the code pays for (60214).</summary>
    public sealed record NotForPayments(Channel Channel) : CreateVerificationResult;

    CreateVerificationResult()
    {
    }
}
