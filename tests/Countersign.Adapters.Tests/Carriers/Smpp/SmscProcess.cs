using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Countersign.Adapters.Tests.Carriers.Smpp;

/// <summary>The message centre of tests/peers/smpp as a process of its own. It tells of events, one JSON object a line.</summary>
sealed class SmscProcess : IAsyncDisposable
{
    public const string SystemId = "acme";
    public const string Password = "notreal1";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Process _node;
    readonly ConcurrentQueue<JsonElement> _events = [];
    readonly SemaphoreSlim _arrived = new(0);
    readonly Task _reading;
    string _complaints = "";

    SmscProcess(string folder)
    {
        _node = Process.Start(new ProcessStartInfo("node", ["smsc.mjs"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _node.ErrorDataReceived += (_, line) => _complaints += line.Data + "\n";
        _node.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    public int Port { get; private set; }

    /// <summary>Starts the centre: it refuses some numbers with a status, sends receipts for others, and is quiet about each message when told so.</summary>
    public static async Task<SmscProcess> StartAsync(Dictionary<string, uint>? refuse = null, Dictionary<string, string>? receipts = null, bool quiet = false)
    {
        var folder = FindFolder();
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "smpp")))
        {
            throw new InvalidOperationException("The npm packages of tests/peers/smpp are not installed. ./test.sh does so, or: npm ci --prefix tests/peers/smpp --ignore-scripts");
        }

        var smsc = new SmscProcess(folder);
        await smsc.TellAsync(new { command = "start", systemId = SystemId, password = Password, refuse, receipts, quiet });
        smsc.Port = (await smsc.NextAsync("listening")).GetProperty("port").GetInt32();
        return smsc;
    }

    public async Task TellAsync(object command)
    {
        await _node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));
        await _node.StandardInput.FlushAsync();
    }

    /// <summary>Waits for so many events of a kind and gives the last of them.</summary>
    public async Task<JsonElement> NextAsync(string kind, int count = 1)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var found = All(kind);
            if (found.Count >= count)
            {
                return found[count - 1];
            }

            if (_reading.IsCompleted || Stopwatch.GetElapsedTime(begun) > Patience || !await _arrived.WaitAsync(Patience))
            {
                throw new InvalidOperationException($"The message centre told of {found.Count} {kind}, not of {count}. {_complaints}");
            }
        }
    }

    public IReadOnlyList<JsonElement> All(string kind) => [.. _events.Where(entry => entry.GetProperty("event").GetString() == kind)];

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        using (var limit = new CancellationTokenSource(Patience))
        {
            try
            {
                await _node.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _node.Kill(entireProcessTree: true);
            }
        }

        await _reading;
        _node.Dispose();
        _arrived.Dispose();
    }

    async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            _events.Enqueue(document.RootElement.Clone());
            _arrived.Release();
        }

        _arrived.Release();
    }

    static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Countersign.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return Path.Combine(folder.FullName, "tests", "peers", "smpp");
    }
}
