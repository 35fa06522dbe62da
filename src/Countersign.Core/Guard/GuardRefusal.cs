namespace Countersign.Core.Guard;

/// <summary>Why Guard did not let a start through, in words that the caller is shown and a reason that its program can branch on.</summary>
/// <param name="Kind">What was refused, which decides the error code.</param>
/// <param name="Reason">Lower case with underscores, stable: <c>details.reason</c>.</param>
/// <param name="Explanation">What happened and what to do next, one or two sentences without personal data.</param>
public sealed record GuardRefusal(GuardRefusalKind Kind, string Reason, string Explanation)
{
    /// <summary>When the same start may get through; null where waiting does not help.</summary>
    public TimeSpan? RetryIn { get; init; }

    /// <summary>More of <c>details</c>, by its names there: the limit that was hit, the country. No personal data.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>More of <c>details</c> that are numbers.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Numbers { get; init; } = [];

    /// <summary>More of <c>details</c> that are lists of words: reasons, channels.</summary>
    public IReadOnlyList<KeyValuePair<string, string[]>> Lists { get; init; } = [];

    /// <summary>What to solve first; null but for <see cref="GuardRefusalKind.ChallengeRequired"/>.</summary>
    public Challenges.Challenge? Challenge { get; init; }
}

/// <summary>What was refused.</summary>
public enum GuardRefusalKind
{
    /// <summary>Too many starts of some kind in too short a time (429/20429).</summary>
    RateLimited = 1,

    /// <summary>The country is closed for the channel (403/60605).</summary>
    GeoDenied,

    /// <summary>Lines of this type are not sent to (403/60205).</summary>
    LineTypeDenied,

    /// <summary>Suspected fraud, or a number that the operator blocked (403/60410).</summary>
    Blocked,

    /// <summary>Other starts for the same destination are being worked on (429/60212).</summary>
    Concurrent,

    /// <summary>The start may go out by another channel than the one that was asked for (403/60410).</summary>
    ChannelTooWeak,

    /// <summary>A rate limit is named that the service does not have (400/60200).</summary>
    UnknownRateLimit,

    /// <summary>A little work is to be shown first (403/60410, <c>challenge_required</c>).</summary>
    ChallengeRequired,
}
