using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Countersign.Bench.Load;

namespace Countersign.Bench.Servers;

/// <summary>A server in a process of its own, with a fresh data directory and preset credentials. Disposing it ends the process and removes the directory.</summary>
sealed class ServerProcess : IDisposable
{
    const string AccountSid = "ACbe0c0000000000000000000000000001", Secret = "bench-bench-bench-bench", ServiceSid = "VAbe0c0000000000000000000000000001";
    const int KeptLines = 20;

    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);

    readonly Process _process;
    readonly DirectoryInfo _data;
    readonly ConcurrentQueue<string> _lastLines = new();

    ServerProcess(string[] program, int sandboxCapacity)
    {
        Address = new IPEndPoint(IPAddress.Loopback, FreePort());
        _data = Directory.CreateTempSubdirectory("countersign-bench-");
        var start = new ProcessStartInfo(DotnetPath())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Settle(start.Environment);
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, program[0]),
            .. program[1..],
            "--urls", $"http://{Address}",
            "--Countersign:DataDirectory", _data.FullName,
            "--Countersign:Bootstrap:AccountSid", AccountSid,
            "--Countersign:Bootstrap:AuthToken", Secret,
            "--Countersign:Bootstrap:ServiceSid", ServiceSid,
            "--Countersign:Sandbox:Capacity", $"{sandboxCapacity}",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);

        Begun = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public IPEndPoint Address { get; }

    /// <summary>When the process was started, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Begun { get; }

    public int Id => _process.Id;

    /// <summary>The last lines that it wrote, for when it failed.</summary>
    public string LastLines => string.Join('\n', _lastLines);

    /// <summary>The server's own program with its default settings, as an operator starts it.</summary>
    public static ServerProcess StartProduction() => new(["Countersign.Server.dll"], 1000);

    /// <summary>The same host with the bare endpoint beside it.</summary>
    public static ServerProcess StartForLoad(int sandboxCapacity) => new(["Countersign.Bench.dll", "serve"], sandboxCapacity);

    public RequestTemplate Request(string path, string form) =>
        new(Address.ToString(), path.Replace("{service}", ServiceSid, StringComparison.Ordinal), $"{AccountSid}:{Secret}", form);

    /// <summary>Asks one thing, again and again while nobody listens yet; gives the time from the start of the process to the answer.</summary>
    public TimeSpan FirstAnswer(Workload workload, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                var result = LoadGenerator.Run(Address, 1, TimeSpan.Zero, workload, ct);
                return result.Wrong.Count == 0
                    ? Stopwatch.GetElapsedTime(Begun)
                    : throw new BenchException($"The first answer was {result.Wrong.Keys.First()}.");
            }
            catch (SocketException) when (!_process.HasExited && Stopwatch.GetElapsedTime(Begun) < StartsWithin)
            {
                Thread.Sleep(2);
            }
            catch (SocketException)
            {
                throw new BenchException("The server did not start.");
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    /// <summary>What is set for somebody else's server must not change this one.</summary>
    static void Settle(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(IsSetting).ToList())
        {
            environment.Remove(name);
        }

        environment["DOTNET_ENVIRONMENT"] = "Production";
    }

    static bool IsSetting(string name) =>
        name.StartsWith("Countersign__", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name is "URLS";

    static string DotnetPath() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        _lastLines.Enqueue(line);
        while (_lastLines.Count > KeptLines)
        {
            _lastLines.TryDequeue(out _);
        }
    }
}
