namespace Countersign.Core.Guard;

/// <summary>What the caller passes with a start for Guard to judge it by, beside what the verification keeps. Personal in parts: never logged.</summary>
public sealed record StartSignals
{
    /// <summary>Nothing was passed.</summary>
    public static readonly StartSignals None = new();

    /// <summary>The values to count by each of the service's rate limits, by the limit's unique name (<c>RateLimits</c>); null for none.</summary>
    public IReadOnlyDictionary<string, string>? RateLimits { get; init; }

    /// <summary>False when the caller asks for no fraud check of this message (<c>RiskCheck=disable</c>).</summary>
    public bool RiskCheck { get; init; } = true;

    /// <summary>The solution of a challenge, as ALTCHA's widget gives it (<c>Challenge</c>), unread; null for none. Buys a start: never logged.</summary>
    public string? Challenge { get; init; }

    /// <summary>What the caller tells of the person.</summary>
    public Risk.CallerSignals Caller { get; init; } = Risk.CallerSignals.None;

    public override string ToString() => $"{RateLimits?.Count ?? 0} rate limits, risk check {(RiskCheck ? "on" : "off")}";
}
