using System.Globalization;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Stores;

/// <summary>A Redis Cluster of its own: three masters, each with a replica, in fresh directories, on free ports of the loopback interface. Its log goes to the disk each second.</summary>
sealed class RedisClusterProcess : Backend
{
    const int Nodes = 6;
    const string ServerPackage = "redis-server", ToolsPackage = "redis-tools";

    readonly List<RedisNode> _nodes = [];

    // Of those that ended, too: they remove what they left, and the last one of a directory does so when nobody writes there any more.
    readonly List<GuardedProcess> _guards = [];

    RedisClusterProcess(int[] ports) => Settings = new Dictionary<string, string> { ["Countersign:Redis"] = string.Join(',', ports.Select(Address)) };

    public override IReadOnlyDictionary<string, string> Settings { get; }

    public override IReadOnlyList<int> Processes => [.. _nodes.Select(node => node.Process.Id)];

    public string LastLines => string.Join('\n', _nodes.Where(node => node.Process.HasEnded).Select(node => $"Redis at {Text(node.Port)} has ended:\n{node.Process.LastLines}"));

    /// <exception cref="MissingProgramException">It is not installed.</exception>
    public static void Require() => _ = (Programs.Find("redis-server", ServerPackage), Programs.Find("redis-cli", ToolsPackage));

    /// <param name="ct">Gives up.</param>
    /// <param name="disk">The directory that holds all its data; null for temporary ones.</param>
    public static async Task<RedisClusterProcess> StartAsync(CancellationToken ct, string? disk = null)
    {
        var ports = Ports.Free(Nodes * 2);
        var cluster = new RedisClusterProcess(ports[..Nodes]);
        try
        {
            for (var i = 0; i < Nodes; i++)
            {
                var directory = disk is null ? Directory.CreateTempSubdirectory("countersign-bench-redis-") : Directory.CreateDirectory(Path.Combine(disk, $"redis-{i}"));
                cluster._nodes.Add(new RedisNode(ports[i], ports[Nodes + i], directory, cluster.Start(ports[i], ports[Nodes + i], directory)));
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

    /// <summary>kill -9 of the n-th of those that are masters now, counted around.</summary>
    public async Task KillMasterAsync(int number, CancellationToken ct)
    {
        var masters = new List<RedisNode>();
        foreach (var node in _nodes.Where(node => !node.Process.HasEnded))
        {
            if ((await AskAsync(node.Port, ct, "info", "replication")).Contains("role:master", StringComparison.Ordinal))
            {
                masters.Add(node);
            }
        }

        await Programs.RunAsync(["kill", "-KILL", Text(masters[number % masters.Count].Process.Id)], ct);
    }

    /// <summary>kill -9 of all of them.</summary>
    public async Task KillAllAsync(CancellationToken ct) =>
        await Programs.RunAsync(["kill", "-KILL", .. _nodes.Where(node => !node.Process.HasEnded).Select(node => Text(node.Process.Id))], ct);

    /// <summary>
    /// Starts those again that have ended, with what they have on the disk, until all slots are served and each replica follows its master; gives how many these were. A master
    /// whose replica took over comes back as the replica of that one.
    /// </summary>
    public async Task<int> RestartEndedAsync(CancellationToken ct)
    {
        var restarted = 0;
        for (var begun = TimeProvider.System.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(100), ct))
        {
            // Again and again: a replica that had no room for what its master sent ends by itself, perhaps only now.
            var ended = _nodes.FindAll(node => node.Process.HasEnded);
            ended.ForEach(node => node.Process = Start(node.Port, node.BusPort, node.Directory));
            restarted += ended.Count;
            var ready = true;
            foreach (var node in _nodes)
            {
                ready = ready && await IsReadyAsync(node.Port, ct);
            }

            if (ready && ended.Count == 0)
            {
                return restarted;
            }

            if (TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(60))
            {
                throw new BenchException($"The Redis Cluster is not whole again. {LastLines}");
            }
        }
    }

    public override void Dispose() => _guards.ForEach(guard => guard.Dispose());

    GuardedProcess Start(int port, int busPort, DirectoryInfo directory)
    {
        var process = new GuardedProcess(
            directory,
            "KILL",
            Programs.Find("redis-server", ServerPackage), "--dir", directory.FullName, "--bind", "127.0.0.1", "--port", Text(port), "--daemonize", "no",
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", Text(busPort), "--cluster-node-timeout", "5000",
            "--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-min-size", "1gb", "--save", "", "--maxmemory-policy", "noeviction");
        _guards.Add(process);
        return process;
    }

    /// <summary>Makes a cluster of them, and waits until every node knows that it is whole and every replica follows its master.</summary>
    async Task JoinAsync(int[] ports, CancellationToken ct)
    {
        for (var i = 0; i < Nodes; i++)
        {
            await WaitAsync(async () => await AskAsync(ports[i], ct, "ping") == "PONG", _nodes[i].Process, "Redis", ct);
        }

        await Programs.RunAsync([Tool, "--cluster", "create", .. ports.Select(Address), "--cluster-replicas", "1", "--cluster-yes"], ct);
        for (var i = 0; i < Nodes; i++)
        {
            await WaitAsync(() => IsReadyAsync(ports[i], ct), _nodes[i].Process, "The Redis Cluster", ct);
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

    /// <summary>One of its servers, whose process may be another after each restart.</summary>
    sealed class RedisNode(int port, int busPort, DirectoryInfo directory, GuardedProcess process)
    {
        public int Port => port;

        public int BusPort => busPort;

        public DirectoryInfo Directory => directory;

        public GuardedProcess Process { get; set; } = process;
    }
}
