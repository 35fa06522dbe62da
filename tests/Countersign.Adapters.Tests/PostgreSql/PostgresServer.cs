using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>
/// A PostgreSQL of the tests' own, made from Debian's binaries in a temporary directory and gone with the test process, however that ends: a small shell waits for the end of
/// its input, which the system closes. What Debian may have started as a service is left alone. Nothing here outlives the machine, so fsync is off.
/// </summary>
sealed class PostgresServer
{
    static readonly Lazy<Task<PostgresServer>> Shared = new(StartAsync);

    // The server refuses to run as root. Its end must not be by SIGKILL, which leaves shared memory: -INT is its "fast" way.
    const string Script = """
        set -eu
        bin=$1 port=$2
        directory=$(mktemp -d "${TMPDIR:-/tmp}/countersign-postgres.XXXXXX" 2>/dev/null || mktemp -d /tmp/countersign-postgres.XXXXXX)
        cd "$directory"
        server=
        stop() { [ -z "$server" ] || kill -INT "$server" 2>/dev/null || :; [ -z "$server" ] || wait "$server" || :; cd /; rm -rf "$directory"; }
        trap stop EXIT
        "$bin/initdb" --pgdata=data --username=countersign --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
        printf 'host all guarded 127.0.0.1/32 scram-sha-256\n' | cat - data/pg_hba.conf >hba.conf && cat hba.conf >data/pg_hba.conf
        "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$directory" -c fsync=off -c max_connections=200 \
          -c shared_buffers=64MB -c max_wal_size=256MB -c timezone=UTC >server.log 2>&1 </dev/null &
        server=$!
        echo started
        # Not a background read: what ends first, the input or the server, ends this.
        while kill -0 "$server" 2>/dev/null && { read -t 1 -r _ || [ $? -gt 128 ]; }; do :; done
        """;

    readonly Process _shell;
    int _databases;

    PostgresServer(Process shell, int port) => (_shell, Port) = (shell, port);

    public int Port { get; }

    /// <summary>The server of this run, started by whoever comes first.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Makes an empty database and gives its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(ConnectionString("postgres"), $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    public Task DropDatabaseAsync(string connectionString) =>
        ExecuteAsync(ConnectionString("postgres"), $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    /// <summary>Runs one statement and gives its first value.</summary>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
#pragma warning disable CA2100 // Texts of tests.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }

    string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=countersign;Database={database}";

    static async Task<PostgresServer> StartAsync()
    {
        var port = FreePort();
        string[] command = [.. Prefix(), "/bin/bash", "-c", Script, "postgres", Binaries(), $"{port}"];
        var shell = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var complaints = shell.StandardError.ReadToEndAsync();
        if (await shell.StandardOutput.ReadLineAsync() != "started")
            throw new InvalidOperationException($"PostgreSQL did not start: {await complaints}");

        var server = new PostgresServer(shell, port);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Stop();
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                await ExecuteAsync(server.ConnectionString("postgres"), "SELECT 1");
                return server;
            }
            catch (NpgsqlException) when (waited.Elapsed < TimeSpan.FromSeconds(30) && !shell.HasExited)
            {
                // Not up yet.
            }
        }
    }

    /// <summary>Waits for the end, so that nothing is left when the test process is gone.</summary>
    void Stop()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit(TimeSpan.FromSeconds(10));
    }

    static string[] Prefix() => Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : [];

    static string Binaries() => Directory.Exists("/usr/lib/postgresql")
        && Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max() is { } found
        ? found
        : throw new InvalidOperationException("Debian's package postgresql is not installed. ./test.sh does so.");

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
