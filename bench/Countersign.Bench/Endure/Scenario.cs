using Countersign.Bench.Endure.Scenarios;

namespace Countersign.Bench.Endure;

/// <summary>Something that goes wrong under load.</summary>
/// <param name="Name">On the command line and in the results.</param>
/// <param name="Summary">What happens.</param>
/// <param name="Play">Has it happen; what was acknowledged is counted afterwards.</param>
sealed record Scenario(string Name, string Summary, Func<Stage, Task> Play)
{
    /// <summary>In the order of reports.</summary>
    public static readonly Scenario[] All =
    [
        new("kill", "kill -9 of a node under load, again and again", NodeFaults.KillAsync),
        new("rolling", "SIGTERM of one node after the other: no request may fail", NodeFaults.RollingAsync) { Stores = ["postgres", "redis"], MayRefuse = false },
        new("schema", "a newer schema under nodes that do not know it, which are restarted: no request may fail", NodeFaults.SchemaAsync) { Stores = ["postgres"], MayRefuse = false },
        new("upgrade", "nodes of an older build (--older) are replaced one by one, then back, then again: no request may fail", Upgrade.RunAsync)
        {
            Stores = ["postgres", "redis"], MayRefuse = false, HasReceipts = true, Nodes = 3, BeginsOlder = true,
        },
        new("restart", "the database is restarted: fast, at once, and by kill -9", DatabaseFaults.RestartAsync) { Stores = ["postgres", "redis"] },
        new("pause", "the database stands still (SIGSTOP) for 5 s, at last for 75", DatabaseFaults.PauseAsync) { Stores = ["postgres", "redis"] },
        new("refuse", "the database refuses connections for 5 s", DatabaseFaults.RefuseAsync) { Stores = ["postgres", "redis"] },
        new("master", "kill -9 of a Redis master under load, again and again", DatabaseFaults.MasterAsync) { Stores = ["redis"] },
        new("disk", "the disk is full for some seconds", DiskFault.FillAsync) { OnSmallDisk = true },
        new("clock", "the nodes' clocks are stepped by an hour, forwards and back", ClockFault.StepAsync) { HasClocks = true },
        new("race", "guesses and starts on one verification at once, over all nodes", Races.RunAsync),
        new("slow", "the carrier takes 2 to 5 s", CarrierFaults.SlowAsync) { MayRefuse = false },
        new("twice", "the carrier answers twice, fails or hangs up after taking, and answers too late; each receipt comes twice", CarrierFaults.TwiceAsync) { HasReceipts = true, MayRefuse = false, CarrierPatience = Carrier.Patience },
    ];

    /// <summary>The stores that it makes sense on; null for all.</summary>
    public string[]? Stores { get; init; }

    /// <summary>The store lies on a small file system of its own.</summary>
    public bool OnSmallDisk { get; init; }

    /// <summary>The nodes' clocks can be stepped, and then differ: codes run out by the clock of the node that is asked.</summary>
    public bool HasClocks { get; init; }

    /// <summary>The carrier reports what became of each message.</summary>
    public bool HasReceipts { get; init; }

    /// <summary>How many nodes share the store; null for as many as it has of itself.</summary>
    public int? Nodes { get; init; }

    /// <summary>The nodes are of the older build at first; without one it is not played.</summary>
    public bool BeginsOlder { get; init; }

    /// <summary>How long our side waits for the carrier's answer.</summary>
    public TimeSpan CarrierPatience { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Whether 503 with Retry-After, or a call that is cut off, may happen at all.</summary>
    public bool MayRefuse { get; init; } = true;

    /// <summary>Whether it is played on a store.</summary>
    public bool Fits(string store) => Stores is null || Stores.Contains(store);
}
