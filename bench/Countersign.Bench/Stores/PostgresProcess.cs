using System.Globalization;
using System.Security.Cryptography;
using Countersign.Bench.Servers;
using Npgsql;

namespace Countersign.Bench.Stores;

/// <summary>A PostgreSQL of its own, in a fresh directory, on a free port of the loopback interface. As durable as in production.</summary>
sealed class PostgresProcess : Backend
{
    // Of 16 MiB.
    const int LogFiles = 100;

    const string Package = "postgresql", User = "countersign", Database = "countersign";

    // Durable: a commit waits for the disk, and torn pages are repaired. What is larger than PostgreSQL's defaults, which are those of a very small machine, is what
    // docs/performance.md says to set.
    static readonly string[] Settings15 =
    [
        "fsync=on", "synchronous_commit=on", "full_page_writes=on",
        "shared_buffers=1GB", "max_wal_size=8GB", "min_wal_size=2GB", "wal_compression=lz4", "checkpoint_timeout=15min", "checkpoint_completion_target=0.9",
        "listen_addresses=127.0.0.1",
    ];

    readonly GuardedProcess _process;
    readonly NpgsqlConnectionStringBuilder _connection;

    PostgresProcess(GuardedProcess process, NpgsqlConnectionStringBuilder connection)
    {
        (_process, _connection) = (process, connection);
        Settings = new Dictionary<string, string> { ["Countersign:Storage"] = connection.ConnectionString };
    }

    public override IReadOnlyDictionary<string, string> Settings { get; }

    public override IReadOnlyList<int> Processes => [_process.Id];

    public string ConnectionString => _connection.ConnectionString;

    /// <exception cref="MissingProgramException">It is not installed.</exception>
    public static void Require() => Programs.Find("initdb", Package);

    public static async Task<PostgresProcess> StartAsync(CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("countersign-bench-postgres-");
        var started = false;
        try
        {
            // Nobody else on the machine may use it: whoever is its superuser can run programs as its owner.
            var (password, passwordFile, data) = (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), Path.Combine(directory.FullName, "password"), Path.Combine(directory.FullName, "data"));
            await File.WriteAllTextAsync(passwordFile, password, ct);
            var owner = await OwnAsync(directory, ct);
            await Programs.RunAsync(
                [.. owner, Programs.Find("initdb", Package), "-D", data, "-U", User, "--pwfile", passwordFile, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"], ct);

            var port = Ports.Free();
            var settings = Settings15.Append($"port={port.ToString(CultureInfo.InvariantCulture)}").Append($"unix_socket_directories={directory.FullName}").SelectMany(setting => new[] { "-c", setting });
            var process = new GuardedProcess(directory, "QUIT", [.. owner, Programs.Find("postgres", Package), "-D", data, .. settings]);
            started = true;
            var connection = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Username = User, Password = password, Database = Database };
            return await CreateDatabaseAsync(new PostgresProcess(process, connection), ct);
        }
        catch when (!started)
        {
            directory.Delete(recursive: true);
            throw;
        }
    }

    public override void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        _process.Dispose();
    }

    static async Task<PostgresProcess> CreateDatabaseAsync(PostgresProcess postgres, CancellationToken ct)
    {
        try
        {
            var connectionString = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString;
            await WaitAsync(async () => await TryCreateAsync(connectionString, ct), postgres._process, "PostgreSQL", ct);
            return postgres;
        }
        catch
        {
            postgres.Dispose();
            throw;
        }
    }

    static async Task<bool> TryCreateAsync(string connectionString, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(ct);
            await using var create = new NpgsqlCommand($"CREATE DATABASE {Database}", connection);
            await create.ExecuteNonQueryAsync(ct);
            await FillLogAsync(connection, ct);
            return true;
        }
        catch (NpgsqlException problem) when (problem is not PostgresException or PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow })
        {
            return false; // It does not listen yet.
        }
    }

    /// <summary>
    /// Gives the log the files that it has on a server that has run for a while: it uses those of before the last checkpoint again. A new one is filled with zeros first, which
    /// holds every commit up for some 80 ms, each second or two.
    /// </summary>
    static async Task FillLogAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        for (var file = 0; file < LogFiles; file++)
        {
            await using var next = new NpgsqlCommand("SELECT pg_logical_emit_message(true, 'bench', ''); SELECT pg_switch_wal()", connection);
            await next.ExecuteNonQueryAsync(ct);
        }

        await using var checkpoint = new NpgsqlCommand("CHECKPOINT", connection);
        await checkpoint.ExecuteNonQueryAsync(ct);
    }

    /// <summary>PostgreSQL refuses to run as root: then its files are those of the user that Debian's package made, and so are its processes.</summary>
    static async Task<string[]> OwnAsync(DirectoryInfo directory, CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return [];
        }

        await Programs.RunAsync(["chown", "-R", "postgres:", directory.FullName], ct);
        return [Programs.Find("setpriv", "util-linux"), "--reuid", "postgres", "--regid", "postgres", "--clear-groups"];
    }
}
