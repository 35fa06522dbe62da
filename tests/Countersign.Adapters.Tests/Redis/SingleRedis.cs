using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>One server of Redis with settings of its own, without replicas; gone with the test.</summary>
sealed class SingleRedis : IDisposable
{
    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("countersign-single-");
    readonly Process _process;

    SingleRedis(int port, string[] settings)
    {
        Port = port;
        _process = Process.Start(new ProcessStartInfo("redis-server", ["--bind", "127.0.0.1", "--dir", _directory.FullName, "--save", "", .. settings])
        {
            RedirectStandardOutput = true,
        })!;
    }

    public int Port { get; }

    public static Task<SingleRedis> StartAsync(params string[] settings) => StartAsync(port => ["--port", $"{port}", .. settings]);

    /// <summary>One that speaks TLS alone, by a certificate that nobody trusts.</summary>
    public static async Task<SingleRedis> StartTlsAsync()
    {
        var (key, certificate) = (Path.GetTempFileName(), Path.GetTempFileName());
        using var openssl = Process.Start(new ProcessStartInfo(
            "openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate])
        {
            RedirectStandardError = true,
        })!;
        await openssl.StandardError.ReadToEndAsync();
        await openssl.WaitForExitAsync();
        return await StartAsync(port => ["--port", "0", "--tls-port", $"{port}", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    static async Task<SingleRedis> StartAsync(Func<int, string[]> settings)
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var server = new SingleRedis(port, settings(port));
        while (await server._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                // Read on, or a full pipe would stop it.
                _ = server._process.StandardOutput.ReadToEndAsync();
                return server;
            }
        }

        throw new InvalidOperationException("Redis did not start.");
    }
}
