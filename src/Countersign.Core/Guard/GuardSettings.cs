using Countersign.Core.Guard.Limits;

namespace Countersign.Core.Guard;

/// <summary>A service's Guard: what is refused, and how strictly. A setting that an older row does not have takes its default.</summary>
public sealed record GuardSettings
{
    /// <summary>As shipped.</summary>
    public static readonly GuardSettings Default = new();

    /// <summary>How often and how fast.</summary>
    // Note: the generated JSON reader assigns null to what an older row does not have.
    public LimitSettings Limits { get; init => field = value ?? LimitSettings.Default; } = LimitSettings.Default;
}
