using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Endure;

/// <summary>One process of the server, on a port that stays the same however often it is killed and started again. It never outlives us: it ends when its input does.</summary>
sealed class Node : IAsyncDisposable
{
    const string Account = "ACe0d00000000000000000000000000001", Token = "endure-endure-endure-endure";
    const int KeptLines = 30;

    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(90), AnswersWithin = TimeSpan.FromSeconds(10);

    readonly Lock _logging = new();
    readonly string _directory;
    readonly string[] _settings;
    readonly ConcurrentQueue<string> _lastLines = new();
    Process? _process;
    DeathWatch? _watch;
    int _epoch;

    /// <param name="directory">The data directory, which outlives the process.</param>
    /// <param name="settings">Further arguments.</param>
    public Node(string directory, params string[] settings)
    {
        (_directory, _settings) = (directory, settings);
        Address = new Uri($"http://127.0.0.1:{Ports.Free().ToString(CultureInfo.InvariantCulture)}");
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Account}:{Token}")));
    }

    public const string Service = "VAe0d00000000000000000000000000001";

    public Uri Address { get; }

    /// <summary>The older build's program that its next start runs; null for this build.</summary>
    public string? Older { get; set; }

    /// <summary>The file that has all that it writes; null for none.</summary>
    public string? Log { get; init; }

    public HttpClient Http { get; }

    /// <summary>Grows when it goes down and when it is up again: a call that broke off is its fault unless this has changed meanwhile.</summary>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <summary>Whether callers should expect it to answer.</summary>
    public bool IsUp { get; private set; }

    /// <summary>Whether it says of itself that it takes requests: what a load balancer goes by.</summary>
    public bool TakesRequests { get; set; } = true;

    public string LastLines => string.Join('\n', _lastLines);

    /// <summary>Starts the process and waits until it answers.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _watch?.Dispose();
        _watch = null;
        var start = new ProcessStartInfo(DotnetPath()) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        Settle(start.Environment);
        string[] arguments =
        [
            .. Older is null ? [Path.Combine(AppContext.BaseDirectory, "Countersign.Bench.dll"), "serve"] : new[] { Older },
            "--urls", Address.ToString(),
            "--Countersign:PublicUrl", Address.ToString(),
            "--Countersign:DataDirectory", _directory,
            "--Countersign:Bootstrap:AccountSid", Account,
            "--Countersign:Bootstrap:AuthToken", Token,
            "--Countersign:Bootstrap:ServiceSid", Service,
            .. _settings,
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        _process = Process.Start(start)!;
        if (Older is not null)
        {
            // It knows nothing of us: it would go on without us.
            _watch = new DeathWatch(_process.Id, new DirectoryInfo(_directory));
        }

        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var begun = Stopwatch.GetTimestamp();
        while (!await SaysYesAsync("/health/live", ct))
        {
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(ct);
                throw new NotStartedException(_process.ExitCode, LastLines);
            }

            if (Stopwatch.GetElapsedTime(begun) > StartsWithin)
            {
                throw new BenchException("A server did not start.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), ct);
        }

        Interlocked.Increment(ref _epoch);
        (IsUp, TakesRequests) = (true, true);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        GoingDown();
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as an orchestrator ends it: it drains, and what it answers until its end counts.</summary>
    public async Task TerminateAsync(CancellationToken ct)
    {
        await Shell.RunAsync(["kill", "-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)], ct);
        await _process.WaitForExitAsync(ct);
        GoingDown();
        if (_process.ExitCode != 0)
        {
            throw new BenchException($"A server that was asked to end gave exit code {_process.ExitCode}.");
        }
    }

    /// <summary>Whether it answers that it can take requests.</summary>
    public Task<bool> IsReadyAsync(CancellationToken ct) => SaysYesAsync("/health/ready", ct);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _watch?.Dispose();
        Http.Dispose();
    }

    void GoingDown()
    {
        IsUp = false;
        Interlocked.Increment(ref _epoch);
    }

    async Task<bool> SaysYesAsync(string path, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(AnswersWithin);
        try
        {
            using var answer = await Http.GetAsync(path, patience.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        if (Log is not null)
        {
            lock (_logging)
            {
                File.AppendAllText(Log, line + '\n');
            }
        }

        _lastLines.Enqueue(line);
        while (_lastLines.Count > KeptLines)
        {
            _lastLines.TryDequeue(out _);
        }
    }

    /// <summary>What is set for somebody else's server must not change this one.</summary>
    static void Settle(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("Countersign__", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name is "URLS").ToList())
        {
            environment.Remove(name);
        }

        environment["DOTNET_ENVIRONMENT"] = "Production";
    }

    static string DotnetPath() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}

/// <summary>A server ended before it answered.</summary>
/// <param name="exitCode">Of its process.</param>
/// <param name="lastLines">What it said at last.</param>
sealed class NotStartedException(int exitCode, string lastLines) : BenchException("A server did not start.")
{
    public int ExitCode => exitCode;

    public string LastLines => lastLines;
}
