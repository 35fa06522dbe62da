namespace Countersign.Core.Guard.Lists;

/// <summary>One number, or all that start with the same digits, on a list. Personal data: it prints as its SID.</summary>
public sealed record ListedNumber
{
    /// <summary>GN…</summary>
    public required Sid Sid { get; init; }

    /// <summary>A number in E.164; or the start of numbers, a plus sign and 1 to 15 digits. Personal.</summary>
    public required string Value { get; init; }

    /// <summary>Whether it stands for all numbers that start so.</summary>
    public required bool IsPrefix { get; init; }

    /// <summary>What the operator wrote to remember why, at most 200 characters; null for nothing. May be personal.</summary>
    public string? Note { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it counts no more; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether it counts at this moment.</summary>
    public bool HoldsAt(DateTimeOffset now) => ExpiresAt is not { } end || now < end;

    public override string ToString() => Sid.ToString();
}
