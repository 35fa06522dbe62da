using System.Diagnostics;
using System.Globalization;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Endure.Stores;

/// <summary>
/// A PostgreSQL of our own over a data directory that outlives its processes, as durable as in production. A shell waits beside it for the end of its own input, which
/// comes when we close it or die, and then ends it.
/// </summary>
sealed class PostgresServer(DirectoryInfo home)
{
    const string Guard = """
        bin=$1 home=$2 port=$3
        "$bin/postgres" -D "$home/pg" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$home" -c max_connections=100 \
          -c shared_buffers=64MB -c min_wal_size=32MB -c max_wal_size=64MB -c timezone=UTC >>"$home/server.log" 2>&1 </dev/null &
        server=$!
        cat >/dev/null
        # What stands still (SIGSTOP) would never end.
        kill -CONT $server $(cat /proc/$server/task/$server/children 2>/dev/null) 2>/dev/null
        kill -QUIT $server 2>/dev/null
        wait $server
        """;

    // Far longer than it takes to write what is in 64 MB of buffers.
    static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(1);

    Process? _guard;

    public int Port { get; } = Ports.Free();

    public string LastLines
    {
        get
        {
            var path = Path.Combine(home.FullName, "server.log");
            return File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(10)) : "";
        }
    }

    /// <summary>Whether its first process still runs.</summary>
    public bool Runs => MasterId() is { } id && Directory.Exists($"/proc/{id}");

    static string Bin => Directory.Exists("/usr/lib/postgresql")
        && Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max() is { } found
        ? found
        : throw new SkippedException("PostgreSQL is not installed (apt-get install postgresql).");

    // It refuses to run as root.
    static string[] AsOwner => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : [];

    public async Task CreateAsync(CancellationToken ct)
    {
        if (Environment.IsPrivilegedProcess)
        {
            await Shell.RunAsync(["chown", "postgres:", home.FullName], ct);
        }

        await Shell.RunAsync(
            [.. AsOwner, Path.Combine(Bin, "initdb"), "--pgdata", Path.Combine(home.FullName, "pg"), "--username=countersign", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"], ct);
    }

    public void Start()
    {
        string[] command = [.. AsOwner, "setsid", "sh", "-c", Guard, "guard", Bin, home.FullName, Port.ToString(CultureInfo.InvariantCulture)];
        _guard = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, WorkingDirectory = "/" })!;
    }

    /// <summary>Ends it by a signal: INT is PostgreSQL's fast way, QUIT leaves recovery to the next start, and KILL, to all its processes, asks nobody.</summary>
    public async Task StopAsync(string signal, CancellationToken ct)
    {
        if (MasterId() is { } id)
        {
            var all = Tree(id);
            await Shell.TryAsync(["kill", $"-{signal}", .. signal == "KILL" ? all : [id]], ct);
            await GoneAsync(all, $"PostgreSQL did not end within a minute after SIG{signal}.", ct);
        }

        Close();
    }

    /// <summary>
    /// Kills one of its processes, and waits until the first one has noticed: it ends all others then, takes nobody, and recovers. Told to shut down meanwhile, PostgreSQL 15 waits for a process
    /// of its own for ever.
    /// </summary>
    public async Task KillOneAsync(string process, CancellationToken ct)
    {
        await Shell.TryAsync(["kill", "-KILL", process], ct);
        await GoneAsync([process], "PostgreSQL did not notice within a minute that a process of it was killed.", ct);
    }

    async Task GoneAsync(string[] processes, string otherwise, CancellationToken ct)
    {
        for (var begun = Stopwatch.GetTimestamp(); Array.Exists(processes, process => Directory.Exists($"/proc/{process}")); await Task.Delay(TimeSpan.FromMilliseconds(20), ct))
        {
            if (Stopwatch.GetElapsedTime(begun) > EndsWithin)
            {
                throw new BenchException($"{otherwise} Its last words:\n{LastLines}");
            }
        }
    }

    /// <summary>SIGSTOP or SIGCONT to all its processes: it is there, and does nothing.</summary>
    public Task SignalAllAsync(string signal, CancellationToken ct) =>
        MasterId() is { } id ? Shell.TryAsync(["kill", $"-{signal}", .. Tree(id)], ct) : Task.CompletedTask;

    /// <summary>Ends the guard, and with it whatever still runs.</summary>
    public void Close()
    {
        if (_guard is { } guard)
        {
            guard.StandardInput.Close();
            guard.WaitForExit();
            guard.Dispose();
            _guard = null;
        }
    }

    string? MasterId()
    {
        var path = Path.Combine(home.FullName, "pg", "postmaster.pid");
        return File.Exists(path) ? File.ReadLines(path).FirstOrDefault() : null;
    }

    static string[] Tree(string id)
    {
        try
        {
            return [id, .. File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        }
        catch (IOException)
        {
            return [id];
        }
    }
}
