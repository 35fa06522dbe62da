namespace Countersign.Bench.Endure.Stores;

/// <summary>What a store holds, read behind the servers' backs: SIDs of verifications (VE…) and of sends whose outcome is recorded (VL…).</summary>
sealed record Kept(HashSet<string> Verifications, HashSet<string> Attempts);

/// <summary>A store for one scenario: how many nodes share it, what makes a node use it, and how to read it without one. Disposing it removes everything.</summary>
abstract class EndureStore : IAsyncDisposable
{
    readonly bool _ownHome;

    protected EndureStore(string? disk)
    {
        _ownHome = disk is null;
        Home = disk is null ? Directory.CreateTempSubdirectory("countersign-endure-") : new DirectoryInfo(disk);
    }

    public abstract int Nodes { get; }

    /// <summary>Where it lies: a temporary directory, or the small disk of a scenario.</summary>
    public DirectoryInfo Home { get; }

    public virtual string LastLines => "";

    public static async Task<EndureStore> OpenAsync(string name, string? disk, CancellationToken ct) => name switch
    {
        "sqlite" => new SqliteUnderTest(disk),
        "postgres" => await PostgresUnderTest.StartAsync(disk, withRedis: false, ct),
        "redis" => await PostgresUnderTest.StartAsync(disk, withRedis: true, ct),
        _ => throw new UsageException($"There is no store {name}."),
    };

    /// <summary>A node's data directory, and its arguments.</summary>
    public abstract (string Directory, string[] Settings) Node(int number);

    public abstract Task<Kept> ReadAsync();

    /// <summary>What the store needs from an operator when there is room on its disk again; gives what there is to say of it.</summary>
    public virtual Task<string> RecoverAsync(CancellationToken ct) => Task.FromResult("");

    public virtual ValueTask DisposeAsync()
    {
        // A disk of its own goes away with all that is on it.
        if (_ownHome)
        {
            Home.Delete(recursive: true);
        }

        return ValueTask.CompletedTask;
    }
}
