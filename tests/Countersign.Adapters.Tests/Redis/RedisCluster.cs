using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>
/// A Redis Cluster of the tests' own, three masters with a replica each, in a temporary directory. It is gone with the test process, however that ends: a small shell waits
/// for the end of its input, which the system closes.
/// </summary>
sealed class RedisCluster : IAsyncDisposable
{
    const int Nodes = 6;

    static readonly Lazy<Task<RedisCluster>> Shared = new(async () =>
    {
        var cluster = await StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.Stop();
        return cluster;
    });

    // "start N" on its input starts a node again that was killed.
    const string Script = """
        set -u
        directory=$(mktemp -d "${TMPDIR:-/tmp}/countersign-redis.XXXXXX")
        cd "$directory" || exit 1
        ports=("$@")
        pids=()
        node() {
          mkdir -p "n$1"
          redis-server --port "${ports[$1]}" --bind 127.0.0.1 --dir "$directory/n$1" --cluster-enabled yes --cluster-config-file nodes.conf --cluster-node-timeout 2000 \
            --appendonly yes --save '' --rdbcompression no --enable-debug-command yes --daemonize no >>"n$1/log" 2>&1 </dev/null &
          pids[$1]=$!
        }
        stop() { kill -CONT "${pids[@]}" 2>/dev/null; kill -KILL "${pids[@]}" 2>/dev/null; wait; cd /; rm -rf "$directory"; }
        trap stop EXIT
        for i in "${!ports[@]}"; do node "$i"; done
        for port in "${ports[@]}"; do for _ in $(seq 100); do redis-cli -p "$port" ping 2>/dev/null | grep -q PONG && break; sleep 0.1; done; done
        redis-cli --cluster create "${ports[@]/#/127.0.0.1:}" --cluster-replicas 1 --cluster-yes >create.log 2>&1 || { cat create.log >&2; exit 1; }
        for port in "${ports[@]}"; do
          for _ in $(seq 200); do
            redis-cli -p "$port" cluster info | grep -q cluster_state:ok && { redis-cli -p "$port" info replication | grep -q -e connected_slaves:1 -e master_link_status:up; } && break
            sleep 0.1
          done
        done
        echo started
        while read -r command argument; do [ "$command" = start ] && node "$argument"; done
        """;

    static int _lastPort = 11_000 + Environment.ProcessId * 7 % 8_000;

    readonly Process _shell;
    readonly int[] _ports;

    RedisCluster(Process shell, int[] ports) => (_shell, _ports) = (shell, ports);

    /// <summary>As <c>Countersign:Redis</c> has it.</summary>
    public string Configuration => string.Join(',', _ports.Select(port => $"127.0.0.1:{port}")) + ",abortConnect=false,connectRetry=5,allowAdmin=true";

    /// <summary>The cluster of this run, started by whoever comes first. Tests that break a cluster take one of their own.</summary>
    public static Task<RedisCluster> SharedAsync() => Shared.Value;

    public static async Task<RedisCluster> StartAsync()
    {
        var ports = FreePorts();
        var shell = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", Script, "redis", .. ports.Select(port => port.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var complaints = shell.StandardError.ReadToEndAsync();
        return await shell.StandardOutput.ReadLineAsync() == "started"
            ? new RedisCluster(shell, ports)
            : throw new InvalidOperationException($"Redis did not start: {await complaints}");
    }

    /// <summary>The process of whoever is master of a key now, of its replica, and the number to start it by.</summary>
    public async Task<(Process Master, Process Replica, int Number)> OfAsync(string key)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Configuration);
        var master = (IPEndPoint)(await redis.GetDatabase().IdentifyEndpointAsync(key))!;
        foreach (var server in redis.GetServers().Where(server => server.IsConnected && server.IsReplica))
        {
            var port = (await server.InfoAsync("replication"))[0].First(pair => pair.Key == "master_port").Value;
            if (port == master.Port.ToString(CultureInfo.InvariantCulture))
                return (await ProcessAsync(redis.GetServer(master)), await ProcessAsync(server), Array.IndexOf(_ports, master.Port));
        }

        throw new InvalidOperationException("The master has no replica.");
    }

    /// <summary>Waits until a replica has taken the place of its master.</summary>
    public async Task UntilMasterAsync(Process replica)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Configuration);
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            foreach (var server in redis.GetServers().Where(server => server.IsConnected))
            {
                using var process = await ProcessAsync(server);
                if (process.Id == replica.Id && (await server.RoleAsync()).Value == "master")
                    return;
            }

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "No replica takes the place of the master.");
        }
    }

    /// <summary>Starts a node again that was killed.</summary>
    public Task RestartAsync(int number) => _shell.StandardInput.WriteLineAsync($"start {number}");

    public ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    void Stop()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit(TimeSpan.FromSeconds(10));
    }

    static async Task<Process> ProcessAsync(IServer server) =>
        Process.GetProcessById(int.Parse((await server.InfoAsync("server"))[0].First(pair => pair.Key == "process_id").Value, CultureInfo.InvariantCulture));

    /// <summary>
    /// Ports that are free, as are those of the cluster's bus, 10,000 above. Each is given once: that of a node which was killed is free until it is started again. All are below those that the system
    /// gives to connections.
    /// </summary>
    static int[] FreePorts()
    {
        var ports = new List<int>();
        while (ports.Count < Nodes)
        {
            var port = Interlocked.Increment(ref _lastPort);
            if (IsFree(port) && IsFree(port + 10_000))
                ports.Add(port);
        }

        return [.. ports];
    }

    static bool IsFree(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
