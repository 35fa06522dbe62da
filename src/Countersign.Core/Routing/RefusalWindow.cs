namespace Countersign.Core.Routing;

/// <summary>How a carrier answered lately: the last minute weighs, what was before fades. The default value has seen nothing.</summary>
readonly record struct RefusalWindow
{
    /// <summary>Carrier faults without an answer between them that open the breaker.</summary>
    public const int MostInARow = 5;

    /// <summary>Faults that a share must be made of before it says anything.</summary>
    public const double FewestForAShare = 8;

    /// <summary>Share of faults that opens the breaker.</summary>
    public const double WorstShare = 0.5;

    static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(30);

    public int InARow { get; private init; }

    /// <summary>Hits are faults, misses are answers.</summary>
    public BetaCounts Faults { get; private init; }

    DateTimeOffset At { get; init; }

    public bool IsTooBad => InARow >= MostInARow || (Faults.Hits >= FewestForAShare && Faults.Mean >= WorstShare);

    public RefusalWindow With(bool fault, DateTimeOffset at) => new()
    {
        InARow = fault ? InARow + 1 : 0,
        Faults = Faults.After(at - At, HalfLife) + new BetaCounts(fault ? 1 : 0, fault ? 0 : 1),
        At = at > At || At - at > HalfLife ? at : At, // Far back: the clock was set back.
    };
}
