using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>The real server in a process of its own, on a data directory that outlives it.</summary>
sealed partial class ServerProcess : IDisposable
{
    const string Account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const string Token = "crash-test-token-crash-test-token";

    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    readonly Process _process;
    readonly StringBuilder _output;

    ServerProcess(Process process, Uri address, StringBuilder output)
    {
        (_process, _output) = (process, output);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Account}:{Token}")));
    }

    public const string Service = "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    /// <summary>A client with the server's credentials. Calls that are under way when the server is killed throw.</summary>
    public HttpClient Http { get; }

    /// <summary>Starts the server and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, CancellationToken ct, string? storage = null, string? redis = null, params string[] more)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = dataDirectory };
        foreach (var argument in new[]
        {
            BuiltServer(), "--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", dataDirectory, "--Countersign:Sandbox:Capacity", "1000000",
            "--Countersign:Bootstrap:AccountSid", Account, "--Countersign:Bootstrap:AuthToken", Token, "--Countersign:Bootstrap:ServiceSid", Service,
        }.Concat(more))
            start.ArgumentList.Add(argument);
        if (storage is not null)
            start.Environment["Countersign__Storage"] = storage;
        if (redis is not null)
            start.Environment["Countersign__Redis"] = redis;

        var output = new StringBuilder();
        var listens = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        void Read(string? line)
        {
            lock (output)
                output.AppendLine(line);
            if (line is not null && ReadyAt().Match(line) is { Success: true } ready)
                listens.TrySetResult(new Uri(ready.Groups[1].Value));
        }

        process.OutputDataReceived += (_, data) => Read(data.Data);
        process.ErrorDataReceived += (_, data) => Read(data.Data);
        process.Exited += (_, _) => listens.TrySetException(new InvalidOperationException($"The server ended before it listened:\n{output}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new ServerProcess(process, await listens.Task.WaitAsync(StartsWithin, ct), output);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>Starts a server that cannot start, and gives how it ended.</summary>
    public static async Task<(int Code, string Output, string Error)> FailAsync(string dataDirectory, string storage, string? redis, CancellationToken ct)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [BuiltServer(), "--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", dataDirectory])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = dataDirectory,
        };
        start.Environment["Countersign__Storage"] = storage;
        start.Environment["Countersign__Redis"] = redis;
        using var process = Process.Start(start)!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
            await process.WaitForExitAsync(ct).WaitAsync(StartsWithin, ct);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>Waits until the server has printed something.</summary>
    public async Task UntilSaidAsync(string text, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50, ct))
        {
            lock (_output)
            {
                if (_output.ToString().Contains(text, StringComparison.Ordinal))
                    return;
                Assert.True(waited.Elapsed < StartsWithin, $"The server did not say {text}:\n{_output}");
            }
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed. Returns when the process is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM, as a service manager sends it. Gives the exit code.</summary>
    public async Task<int> StopAsync(CancellationToken ct)
    {
        using (var signal = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await signal.WaitForExitAsync(ct);
        await _process.WaitForExitAsync(ct).WaitAsync(StartsWithin, ct);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Kill();
        Http.Dispose();
        _process.Dispose();
    }

    /// <summary>The server that was built beside these tests, in the same configuration.</summary>
    static string BuiltServer()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(own.Parent!.Parent!.FullName, "Countersign.Server", own.Name, "Countersign.Server.dll");
        Assert.True(File.Exists(path), "The server is not built: build the solution first.");
        return path;
    }

    [GeneratedRegex("ready at (http://[0-9.:]+)")]
    private static partial Regex ReadyAt();
}
