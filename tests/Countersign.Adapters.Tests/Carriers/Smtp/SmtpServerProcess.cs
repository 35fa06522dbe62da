using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

/// <summary>The mail server of tests/peers/smtp as a process of its own, with a certificate that an authority of the test signed.</summary>
sealed class SmtpServerProcess : IAsyncDisposable
{
    public const string User = "acme";
    public const string Password = "not-a-real-password";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Process _node;
    readonly ConcurrentQueue<JsonElement> _events = [];
    readonly SemaphoreSlim _arrived = new(0);
    readonly Task _reading;
    readonly PrivateAuthority _authority = new();
    string _complaints = "";

    SmtpServerProcess(string folder)
    {
        _node = Process.Start(new ProcessStartInfo("node", ["server.mjs"])
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

    /// <summary>The certificate of the authority that signed the server's, as PEM.</summary>
    public string Authority => _authority.Pem;

    /// <summary>Everything that happened, in order.</summary>
    public IReadOnlyList<JsonElement> Events => [.. _events];

    /// <summary>Starts the server: with TLS by <c>STARTTLS</c>, <c>implicit</c> or <c>never</c>.</summary>
    public static async Task<SmtpServerProcess> StartAsync(string tls = "starttls", string certificateName = "localhost", int certificateDays = 1, string? queueId = null, bool login = true)
    {
        var folder = FindFolder();
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "smtp-server")))
        {
            throw new InvalidOperationException("The npm packages of tests/peers/smtp are not installed. ./test.sh does so, or: npm ci --prefix tests/peers/smtp --ignore-scripts");
        }

        var server = new SmtpServerProcess(folder);
        var (key, cert) = server._authority.Issue(certificateName, certificateDays);
        await server._node.StandardInput.WriteLineAsync(
            JsonSerializer.Serialize(new { key, cert, user = login ? User : null, password = login ? Password : null, tls, queueId }));
        await server._node.StandardInput.FlushAsync();
        server.Port = (await server.NextAsync("listening")).GetProperty("port").GetInt32();
        return server;
    }

    /// <summary>Waits for so many events of a kind and gives the last.</summary>
    public async Task<JsonElement> NextAsync(string kind, int count = 1)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var found = All(kind);
            if (found.Count >= count)
            {
                return found[count - 1];
            }

            if (_reading.IsCompleted || waited.Elapsed > Patience || !await _arrived.WaitAsync(Patience))
            {
                throw new InvalidOperationException($"The mail server told of {found.Count} {kind}, not of {count}. {_complaints}");
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
        _authority.Dispose();
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

        return Path.Combine(folder.FullName, "tests", "peers", "smtp");
    }
}
