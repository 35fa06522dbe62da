using System.Globalization;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Stores;

/// <summary>A Redis Cluster of its own: three masters, each with a replica, in fresh directories, on free ports of the loopback interface. Its log goes to the disk each second.</summary>
sealed class RedisClusterProcess : Backend
{
    const int Nodes = 6;
    const string ServerPackage = "redis-server", ToolsPackage = "redis-tools";

    readonly List<GuardedProcess> _processes = [];

    RedisClusterProcess(int[] ports) => Settings = new Dictionary<string, string> { ["Countersign:Redis"] = string.Join(',', ports.Select(Address)) };

    public override IReadOnlyDictionary<string, string> Settings { get; }

    public override IReadOnlyList<int> Processes => [.. _processes.Select(process => process.Id)];

    /// <exception cref="MissingProgramException">It is not installed.</exception>
    public static void Require() => _ = (Programs.Find("redis-server", ServerPackage), Programs.Find("redis-cli", ToolsPackage));

    public static async Task<RedisClusterProcess> StartAsync(CancellationToken ct)
    {
        var ports = Ports.Free(Nodes * 2);
        var cluster = new RedisClusterProcess(ports[..Nodes]);
        try
        {
            for (var i = 0; i < Nodes; i++)
            {
                cluster._processes.Add(Start(ports[i], ports[Nodes + i]));
            }

            await cluster.JoinAsync(ports[..Nodes], ct);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public override void Dispose() => _processes.ForEach(process => process.Dispose());

    static GuardedProcess Start(int port, int busPort)
    {
        var directory = Directory.CreateTempSubdirectory("countersign-bench-redis-");
        return new GuardedProcess(
            directory,
            "KILL",
            Programs.Find("redis-server", ServerPackage), "--dir", directory.FullName, "--bind", "127.0.0.1", "--port", Text(port), "--daemonize", "no",
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", Text(busPort), "--cluster-node-timeout", "5000",
            "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-min-size", "1gb", "--save", "", "--maxmemory-policy", "noeviction");
    }

    /// <summary>Makes a cluster of them, and waits until every node knows that it is whole and every replica follows its master.</summary>
    async Task JoinAsync(int[] ports, CancellationToken ct)
    {
        for (var i = 0; i < Nodes; i++)
        {
            await WaitAsync(async () => await AskAsync(ports[i], ct, "ping") == "PONG", _processes[i], "Redis", ct);
        }

        await Programs.RunAsync([Tool, "--cluster", "create", .. ports.Select(Address), "--cluster-replicas", "1", "--cluster-yes"], ct);
        for (var i = 0; i < Nodes; i++)
        {
            await WaitAsync(() => IsReadyAsync(ports[i], ct), _processes[i], "The Redis Cluster", ct);
        }
    }

    static async Task<bool> IsReadyAsync(int port, CancellationToken ct)
    {
        var (cluster, replication) = (await AskAsync(port, ct, "cluster", "info"), await AskAsync(port, ct, "info", "replication"));
        return cluster.Contains("cluster_state:ok", StringComparison.Ordinal)
            && (replication.Contains("connected_slaves:1", StringComparison.Ordinal) || replication.Contains("master_link_status:up", StringComparison.Ordinal));
    }

    static async Task<string> AskAsync(int port, CancellationToken ct, params string[] question)
    {
        try
        {
            return (await Programs.RunAsync([Tool, "-h", "127.0.0.1", "-p", Text(port), .. question], ct)).Trim();
        }
        catch (BenchException)
        {
            return ""; // It does not listen yet.
        }
    }

    static string Tool => Programs.Find("redis-cli", ToolsPackage);

    static string Address(int port) => $"127.0.0.1:{Text(port)}";

    static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
