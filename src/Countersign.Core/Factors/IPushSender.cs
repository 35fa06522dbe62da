namespace Countersign.Core.Factors;

/// <summary>Carries push messages to devices. What it is asked for may take as long as a network takes: callers do not wait for it in a request.</summary>
public interface IPushSender
{
    /// <summary>Hands one message to the platform. Expected refusals are an outcome; nothing is kept, and a message may be lost: the app asks for its challenges too.</summary>
    Task<PushResult> SendAsync(PushMessage message, CancellationToken ct);
}

/// <summary>One push message.</summary>
public sealed record PushMessage
{
    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid FactorSid { get; init; }

    public required Sid ChallengeSid { get; init; }

    /// <summary>The notification (NT…), for what a platform calls idempotency or collapse.</summary>
    public required Sid NotificationSid { get; init; }

    public required PushPlatform Platform { get; init; }

    public required PushToken Token { get; init; }

    public required string AppId { get; init; }

    /// <summary>What the person reads. Never more than the challenge's message.</summary>
    public required string Text { get; init; }

    /// <summary>How long the platform may try; zero for now or never.</summary>
    public required TimeSpan Ttl { get; init; }
}

/// <summary>What became of a push message.</summary>
public enum PushOutcome
{
    /// <summary>The platform has it.</summary>
    Accepted,

    /// <summary>The platform does not know the token (any more).</summary>
    TokenGone,

    /// <summary>The platform refused it for another reason.</summary>
    Refused,

    /// <summary>Nobody is set up to carry messages to this platform.</summary>
    NotSetUp,
}

/// <summary>What a platform said to a message.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Status">The HTTP status; 0 for none.</param>
/// <param name="Code">The platform's own word for it, fit for a log.</param>
public readonly record struct PushResult(PushOutcome Outcome, int Status = 0, string Code = "-");

/// <summary>Carries nothing: the app asks for its challenges.</summary>
public sealed class NoPushSender : IPushSender
{
    public Task<PushResult> SendAsync(PushMessage message, CancellationToken ct) => Task.FromResult(new PushResult(PushOutcome.NotSetUp));
}
