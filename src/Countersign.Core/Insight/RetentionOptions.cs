namespace Countersign.Core.Insight;

/// <summary>How long things are kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>Days at most in either setting.</summary>
    public const int MaxDays = 3650;

    /// <summary>Days that the summary of attempts goes back, and so the least that the hourly counters are kept where attempts are.</summary>
    public const int SummaryDays = 31;

    /// <summary>Days that verifications and attempts are kept after they ended, 1 to 3650; 0 for ever. Default 90.</summary>
    public int HistoryDays { get; set; } = 90;

    /// <summary>Days that the hourly counters are kept, 1 to 3650; 0 for ever. Not less than both 31 and <see cref="HistoryDays"/>. Default 730.</summary>
    public int RollupDays { get; set; } = 730;
}
