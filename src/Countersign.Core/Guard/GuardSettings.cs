namespace Countersign.Core.Guard;

/// <summary>A service's Guard: what is refused, and how strictly. A setting that an older row does not have takes its default.</summary>
public sealed record GuardSettings
{
    /// <summary>As shipped.</summary>
    public static readonly GuardSettings Default = new();
}
