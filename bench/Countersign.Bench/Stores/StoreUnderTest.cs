using Countersign.Bench.Servers;

namespace Countersign.Bench.Stores;

/// <summary>One of the stores that our server can be set to, with the processes that it needs.</summary>
sealed class StoreUnderTest : IDisposable
{
    /// <summary>In the order of reports.</summary>
    public static readonly string[] Names = ["sqlite", "postgres", "redis"];

    readonly List<Backend> _backends = [];

    StoreUnderTest(string name) => Name = name;

    public string Name { get; }

    public IReadOnlyDictionary<string, string> Settings => _backends.SelectMany(backend => backend.Settings).ToDictionary();

    /// <summary>The database of the history; null for the embedded store, whose file is in the server's directory.</summary>
    public PostgresProcess? Postgres => _backends.OfType<PostgresProcess>().FirstOrDefault();

    /// <summary>Its own; their descendants belong to it too. None for the embedded store: that is in the server's.</summary>
    public IReadOnlyList<int> Processes => [.. _backends.SelectMany(backend => backend.Processes)];

    /// <summary>What its own processes use.</summary>
    public ProcessReading Read() => ProcessTree.Read(Processes);

    /// <exception cref="MissingProgramException">A program that one of the stores needs is not installed.</exception>
    public static void Require(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            Action[] needed = name switch
            {
                "sqlite" => [],
                "postgres" => [PostgresProcess.Require],
                _ => [PostgresProcess.Require, RedisClusterProcess.Require],
            };
            Array.ForEach(needed, require => require());
        }
    }

    public static async Task<StoreUnderTest> StartAsync(string name, CancellationToken ct)
    {
        var store = new StoreUnderTest(name);
        try
        {
            if (name is "postgres" or "redis")
            {
                store._backends.Add(await PostgresProcess.StartAsync(ct));
            }

            if (name == "redis")
            {
                store._backends.Add(await RedisClusterProcess.StartAsync(ct));
            }

            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public void Dispose() => _backends.ForEach(backend => backend.Dispose());
}
