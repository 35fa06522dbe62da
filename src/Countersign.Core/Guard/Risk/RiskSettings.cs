namespace Countersign.Core.Guard.Risk;

/// <summary>Whether risk is judged, and whether anything follows. Kept in a service's settings by number: add, never renumber.</summary>
public enum RiskMode
{
    /// <summary>Nothing is judged.</summary>
    Off = 0,

    /// <summary>The score and its reasons are told, and nothing else follows. The default.</summary>
    Watch = 1,

    /// <summary>The thresholds hold.</summary>
    Enforce = 2,
}

/// <summary>What a service does by the score. A threshold is the lowest score from which on it holds, 1 to 100; 0 for never.</summary>
/// <param name="Mode">Default watch.</param>
/// <param name="ChallengeFrom">Work is asked for first. Default 50.</param>
/// <param name="StrongerChannelFrom">Nothing goes out as a text message, where another channel is open. Default 0.</param>
/// <param name="RefuseFrom">Nothing is sent. Default 80.</param>
// Note: positional, because what lies in a store is read through the constructor, whose defaults fill in what an older row does not have.
public sealed record RiskSettings(RiskMode Mode = RiskMode.Watch, int ChallengeFrom = 50, int StrongerChannelFrom = 0, int RefuseFrom = 80)
{
    /// <summary>As shipped.</summary>
    public static readonly RiskSettings Default = new();
}
