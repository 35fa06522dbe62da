using Countersign.Core.Channels;

namespace Countersign.Core.Verifications;

/// <summary>
/// What the caller may do next with a verification, and when, so that an application counts down instead of guessing.
/// Whole seconds, rounded up; null where waiting does not help.
/// </summary>
public sealed record NextSteps
{
    /// <summary>Until a start or resend for this destination is accepted; 0 for now.</summary>
    public required int? NextSendSeconds { get; init; }

    /// <summary>Until a guess is evaluated; null when this verification takes none any more.</summary>
    public required int? NextCheckSeconds { get; init; }

    /// <summary>Until the code stops being good; 0 when it has.</summary>
    public required int ExpiresSeconds { get; init; }

    public required int SendsLeft { get; init; }

    public required int ChecksLeft { get; init; }

    /// <summary>Channels that the next send may use.</summary>
    public required IReadOnlyList<Channel> Channels { get; init; }

    /// <summary>The channel that the code goes out on next by itself; null for none.</summary>
    public Channel? FallbackChannel { get; init; }

    /// <summary>Until it does, unless the code is typed before; null for never.</summary>
    public int? FallbackSeconds { get; init; }

    /// <summary>The next steps at a moment, with the channels that the installation can serve, and how long Guard would have a next send wait.</summary>
    public static NextSteps At(Verification verification, DateTimeOffset now, IReadOnlyList<Channel> channels, TimeSpan nextSendIn = default)
    {
        if (verification.StatusAt(now) == VerificationStatus.Pending)
        {
            var sendsLeft = FallbackPlan.SendsLeft(verification);
            var fallback = verification.Details.Fallback is null ? null : FallbackOf(verification, channels);
            var expires = Seconds(verification.ExpiresAt - now);
            return new NextSteps
            {
                NextSendSeconds = Math.Max(Seconds(nextSendIn), sendsLeft > 0 ? 0 : expires),
                NextCheckSeconds = 0,
                ExpiresSeconds = expires,
                SendsLeft = sendsLeft,
                ChecksLeft = FailedChecks.GuessesOf(verification) - verification.Checks,
                Channels = channels,
                FallbackChannel = fallback?.Step.Channel,
                FallbackSeconds = fallback is { } next ? Seconds(next.At - now) : null,
            };
        }

        // Nothing is left of this one; what counts is when a new one may start.
        var wait = Seconds(FailedChecks.WaitUntil(verification) - now);
        return new NextSteps
        {
            NextSendSeconds = wait,
            NextCheckSeconds = null,
            ExpiresSeconds = 0,
            SendsLeft = 0,
            ChecksLeft = 0,
            Channels = channels,
        };
    }

    static (FallbackStep Step, DateTimeOffset At)? FallbackOf(Verification verification, IReadOnlyList<Channel> channels) =>
        FallbackPlan.Next(verification, step => step.To is not null || channels.Contains(step.Channel));

    static int Seconds(TimeSpan span) => Math.Max(0, (int)Math.Ceiling(span.TotalSeconds));
}
