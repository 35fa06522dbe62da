using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Countersign.Bench.Load;
using Countersign.Bench.Stores;

namespace Countersign.Bench.Servers;

/// <summary>A server in a process of its own, with a fresh data directory and preset credentials. Disposing it ends the process and removes the directory.</summary>
sealed class ServerProcess : IDisposable
{
    /// <summary>The preset credentials and service.</summary>
    public const string AccountSid = "ACbe0c0000000000000000000000000001", Secret = "bench-bench-bench-bench", ServiceSid = "VAbe0c0000000000000000000000000001";

    const int KeptLines = 20;

    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);

    readonly Process _process;
    readonly DirectoryInfo _data;
    readonly ConcurrentQueue<string> _lastLines = new();
    readonly DeathWatch _watch;
    bool _keepsData;

    ServerProcess(string[] program, int sandboxCapacity, IReadOnlyDictionary<string, string> settings, DirectoryInfo? data = null)
    {
        Address = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        _data = data ?? Directory.CreateTempSubdirectory("countersign-bench-");
        var start = new ProcessStartInfo(DotnetPath())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Settle(start.Environment);
        foreach (var (name, value) in settings)
        {
            // Not an argument: a connection string holds a password, and everybody may read the arguments of every process.
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

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
        _watch = new DeathWatch(_process.Id, _data);
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
    public static ServerProcess StartProduction() => new(["Countersign.Server.dll"], 1000, new Dictionary<string, string>());

    /// <summary>The same host with the bare endpoint beside it, on a store; with fresh data, or with those of a server that has ended.</summary>
    public static ServerProcess StartForLoad(int sandboxCapacity, StoreUnderTest store, DirectoryInfo? data = null) =>
        new(["Countersign.Bench.dll", "serve"], sandboxCapacity, store.Settings, data);

    public RequestTemplate Request(string path, string form) =>
        new(Address.ToString(), path.Replace("{service}", ServiceSid, StringComparison.Ordinal), $"{AccountSid}:{Secret}", form);

    /// <summary>The admin API's address of the service.</summary>
    public const string AdminPath = $"/admin/v1/services/{ServiceSid}";

    /// <summary>For what is not load.</summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://{Address}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{AccountSid}:{Secret}")));
        return client;
    }

    /// <summary>Asks one thing, again and again while nobody listens yet; gives the time from the start of the process to the answer.</summary>
    public TimeSpan FirstAnswer(Workload workload, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                var result = LoadGenerator.Run(Address, 1, Pace.Steady(1, TimeSpan.FromSeconds(1)), workload, ct);
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

    /// <summary>Ends it as an operator does, and gives its data to whoever calls.</summary>
    public DirectoryInfo EndAndKeepData()
    {
        _keepsData = true;
        _process.StandardInput.Close();
        _process.WaitForExit();
        return _data;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        _watch.Dispose();
        if (!_keepsData)
        {
            _data.Delete(recursive: true);
        }
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
