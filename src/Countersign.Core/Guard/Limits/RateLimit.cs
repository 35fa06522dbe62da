using Countersign.Core.Registry;

namespace Countersign.Core.Guard.Limits;

/// <summary>A service's own limit (RK…): the caller passes a value under its name with a start, and each value is counted by every one of its buckets.</summary>
public sealed record RateLimit : IRegistered
{
    /// <summary>Limits in one service.</summary>
    public const int MaxPerService = 50;

    /// <summary>Buckets in one limit.</summary>
    public const int MaxBuckets = 10;

    /// <summary>Characters in a unique name.</summary>
    public const int MaxUniqueName = 64;

    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    /// <summary>1 to 64 letters, digits, dashes, underscores and dots; one of its kind in the service, case and all. Never changes.</summary>
    public required string UniqueName { get; init; }

    /// <summary>The service and the unique name.</summary>
    public string Name => NameOf(ServiceSid, UniqueName);

    public RegistryBound? Bound => new(NameOf(ServiceSid, ""), MaxPerService);

    /// <summary>What an operator notes about it, up to 256 characters; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>In the order of creation; without any, nothing is refused.</summary>
    public IReadOnlyList<RateLimitBucket> Buckets { get; init; } = [];

    /// <summary>When it was made; no two of a service share the millisecond.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The name that the limit of a service has in the registry.</summary>
    public static string NameOf(Sid service, string uniqueName) => $"{service}/{uniqueName}";
}

/// <summary>One speed of a limit (BL…): at most so many starts in any interval.</summary>
public sealed record RateLimitBucket
{
    /// <summary>The largest <see cref="Max"/>.</summary>
    public const int LargestMax = 1_000_000;

    /// <summary>The longest <see cref="IntervalSeconds"/>: a day.</summary>
    public const int LongestInterval = 86_400;

    public required Sid Sid { get; init; }

    /// <summary>Starts, 1 to 1,000,000.</summary>
    public required int Max { get; init; }

    /// <summary>Seconds, 1 to 86,400; no two buckets of a limit have the same.</summary>
    public required int IntervalSeconds { get; init; }

    /// <summary>When it was made; no two of a limit share the millisecond.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}
