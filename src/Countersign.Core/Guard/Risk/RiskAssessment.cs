namespace Countersign.Core.Guard.Risk;

/// <summary>What followed from a score. Kept with the verification by number: add, never renumber.</summary>
public enum RiskAction
{
    /// <summary>Nothing.</summary>
    Allow = 0,

    /// <summary>It did not go out as a text message.</summary>
    StrongerChannel = 1,

    /// <summary>Work was asked for.</summary>
    Challenge = 2,

    /// <summary>It was refused.</summary>
    Refuse = 3,
}

/// <summary>How a start was judged: for the caller, and so that the device is known again when the code is typed back.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Reasons">What was found.</param>
/// <param name="Action">What followed.</param>
/// <param name="Watched">What would have followed, of a service that only watches; null for nothing or where it does not.</param>
/// <param name="Device">A keyed hash of the device's fingerprint; 0 for none.</param>
public sealed record RiskAssessment(int Score, RiskReason Reasons, RiskAction Action = RiskAction.Allow, RiskAction? Watched = null, ulong Device = 0)
{
    /// <summary>Nothing speaks against it.</summary>
    public static readonly RiskAssessment Clear = new(0, RiskReason.None);

    public override string ToString() => $"risk {Score}";
}

/// <summary>The names of actions in answers, logs and metrics.</summary>
public static class RiskActions
{
    public static string NameOf(RiskAction action) => action switch
    {
        RiskAction.Allow => "allow",
        RiskAction.StrongerChannel => "stronger_channel",
        RiskAction.Challenge => "challenge",
        RiskAction.Refuse => "refuse",
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };
}
