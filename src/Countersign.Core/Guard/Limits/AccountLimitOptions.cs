namespace Countersign.Core.Guard.Limits;

/// <summary>Limits of the installation, section <c>Countersign:Guard</c> of the configuration.</summary>
public sealed class AccountLimitOptions
{
    /// <summary>The most that a limit may be.</summary>
    public const int Most = 1_000_000;

    /// <summary>The most windows.</summary>
    public const int MostWindows = 1 << 24;

    /// <summary>Sends of one account in any second, 0 to 1,000,000. Default 0: no limit.</summary>
    public int AccountPerSecond { get; set; }

    /// <summary>Sends of one account in any minute, 0 to 1,000,000. Default 0: no limit.</summary>
    public int AccountPerMinute { get; set; }

    /// <summary>Sliding windows that are kept in memory, 64 to 16,777,216. Default 1,048,576. When there are more keys, the window that was asked for least recently is given up.</summary>
    public int Windows { get; set; } = Guard.Windows.SlidingWindows.DefaultCapacity;
}
