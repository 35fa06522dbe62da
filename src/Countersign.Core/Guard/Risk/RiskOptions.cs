namespace Countersign.Core.Guard.Risk;

/// <summary>How much the risk score may remember on a node.</summary>
public sealed class RiskOptions
{
    /// <summary>Destinations whose last approvals are remembered, 64 bytes and a key of 8 each, as a power of two. Default 17, which is 9 MiB. No setting reaches it, so nothing checks it.</summary>
    public int ApprovalBits { get; init; } = 17;
}
