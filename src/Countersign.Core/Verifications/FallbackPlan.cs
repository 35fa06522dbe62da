using Countersign.Core.Channels;
using Countersign.Core.Numbers;

namespace Countersign.Core.Verifications;

/// <summary>One channel of a fallback plan.</summary>
/// <param name="Channel">How the code goes out.</param>
/// <param name="WaitSeconds">How long to wait for the code to be typed before the next step, 10 to 900.</param>
/// <param name="To">Where to, for a channel that does not reach the verification's own destination: the mailbox of a verification by phone. Personal.</param>
public sealed record FallbackStep(Channel Channel, int WaitSeconds, string? To = null);

/// <summary>
/// Where a verification stands in its fallback plan. Nothing is kept but the plan and the sends: the last send's channel says how far it came, so that a person who
/// asks for a channel out of turn goes on from there.
/// </summary>
public static class FallbackPlan
{
    /// <summary>Steps in a plan.</summary>
    public const int MaxSteps = 5;

    /// <summary>What a step that would wait for longer than the code is good for leaves of that: enough to be sent, and not so late that nothing can be.</summary>
    static readonly TimeSpan BeforeTheEnd = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What is due after the last send, and when, if the code is not typed before; null when the plan is at its end, or there is none. Not later than shortly before the code runs out, with
    /// which the plan ends.
    /// </summary>
    public static (FallbackStep Step, DateTimeOffset At)? Next(Verification verification, Func<FallbackStep, bool>? isServed = null)
    {
        if (verification.Details.Fallback is not { } plan || verification.Attempts.IsEmpty || SendsLeft(verification) == 0)
        {
            return null;
        }

        var last = verification.Attempts[^1];
        var position = PositionOf(plan, last.Channel);
        if (position < 0)
        {
            return null;
        }

        for (var next = position + 1; next < plan.Count; next++)
        {
            if (isServed?.Invoke(plan[next]) != false)
            {
                var (due, latest) = (last.At.AddSeconds(plan[position].WaitSeconds), verification.ExpiresAt - BeforeTheEnd);
                return (plan[next], due < latest ? due : latest);
            }
        }

        return null;
    }

    /// <summary>The verification with nothing due any more. What the last send goes by stays, since it may be under way.</summary>
    public static Verification End(Verification verification)
    {
        if (verification.Details.Fallback is not { } plan || verification.Attempts.IsEmpty)
        {
            return verification;
        }

        var kept = PositionOf(plan, verification.Attempts[^1].Channel) + 1;
        return kept is 0 || kept == plan.Count ? verification : verification with { Details = verification.Details with { Fallback = [.. plan.Take(kept)] } };
    }

    /// <summary>Whether a plan may go on from a channel by a text or a call.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="from">The channel that goes first, or went last.</param>
    /// <param name="open">The channels that may be used; empty for all.</param>
    public static bool LeadsToPhone(IReadOnlyList<FallbackStep> plan, Channel from, IReadOnlyList<Channel> open)
    {
        var position = PositionOf(plan, from);
        for (var next = position + 1; position >= 0 && next < plan.Count; next++)
        {
            if (plan[next].Channel is Channel.Sms or Channel.Call && (open.Count == 0 || open.Contains(plan[next].Channel)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where a send of that channel goes, other than to the verification's own destination; null for there.</summary>
    public static string? OtherDestination(Verification verification, Channel channel) =>
        verification.Details.Fallback is { } plan ? StepOf(plan, channel)?.To : null;

    /// <summary>Where a send of that channel goes.</summary>
    public static Destination DestinationOf(Verification verification, Channel channel) =>
        OtherDestination(verification, channel) is { } other ? Destination.Restore(other) : verification.To;

    static int PositionOf(IReadOnlyList<FallbackStep> plan, Channel channel)
    {
        var position = -1;
        for (var i = 0; i < plan.Count; i++)
        {
            if (plan[i].Channel == channel)
            {
                position = i;
            }
        }

        return position;
    }

    static FallbackStep? StepOf(IReadOnlyList<FallbackStep> plan, Channel channel) => plan.FirstOrDefault(step => step.Channel == channel);

    /// <summary>Sends that are left of a verification.</summary>
    public static int SendsLeft(Verification verification) => Math.Max(0, Math.Min(
        VerificationLimits.MaxSends - verification.SendsUsed,
        VerificationLimits.MaxAttempts - verification.Attempts.Length));
}
