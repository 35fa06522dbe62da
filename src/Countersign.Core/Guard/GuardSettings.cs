using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Lines;
using Countersign.Core.Numbers;

namespace Countersign.Core.Guard;

/// <summary>A service's Guard: what is refused, and how strictly. A setting that an older row does not have takes its default.</summary>
// Note: the generated reader of the store's JSON assigns every init property, absent ones too; what is null takes its default in the setter.
public sealed record GuardSettings
{
    /// <summary>As shipped.</summary>
    public static readonly GuardSettings Default = new();

    /// <summary>How often and how fast.</summary>
    // Note: the generated JSON reader assigns null to what an older row does not have.
    public LimitSettings Limits { get; init => field = value ?? LimitSettings.Default; } = LimitSettings.Default;

    /// <summary>The countries that the service sends to. The account's hold as well, and the stricter of the two counts. Default: all.</summary>
    public GeoTable Geo { get; init => field = value ?? GeoTable.AllowAll; } = GeoTable.AllowAll;

    /// <summary>Types of lines that nothing is sent to, on any channel. Default: <see cref="LineTypes.DeniedByDefault"/>.</summary>
    public IReadOnlyList<LineType> DeniedLineTypes { get; init => field = value ?? LineTypes.DeniedByDefault; } = LineTypes.DeniedByDefault;

    /// <summary>How readily Fraud Guard refuses. Default standard.</summary>
    public Fraud.FraudLevel FraudLevel { get; init; } = Fraud.FraudLevel.Standard;

    /// <summary>Fraud Guard judges and counts, and refuses nothing. Default false.</summary>
    public bool FraudWatchOnly { get; init; }

    /// <summary>What follows from a start's risk score. Default: it is told, and nothing follows.</summary>
    public Risk.RiskSettings Risk { get; init => field = value ?? Countersign.Core.Guard.Risk.RiskSettings.Default; } = Countersign.Core.Guard.Risk.RiskSettings.Default;
}
