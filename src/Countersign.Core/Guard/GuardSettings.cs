namespace Countersign.Core.Guard;

/// <summary>A service's Guard: what is refused, and how strictly. A setting that an older row does not have takes its default.</summary>
public sealed record GuardSettings
{
    /// <summary>As shipped.</summary>
    public static readonly GuardSettings Default = new();

    /// <summary>How readily Fraud Guard refuses. Default standard.</summary>
    public Fraud.FraudLevel FraudLevel { get; init; } = Fraud.FraudLevel.Standard;

    /// <summary>Fraud Guard judges and counts, and refuses nothing. Default false.</summary>
    public bool FraudWatchOnly { get; init; }
}
