using System.Diagnostics;
using Countersign.Bench.Stores;
using Countersign.Core;
using Npgsql;

namespace Countersign.Bench.Endure.Stores;

/// <summary>One PostgreSQL that two nodes share, and their key ring; with a Redis Cluster before it, if they shall have one.</summary>
sealed class PostgresUnderTest : EndureStore
{
    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    // Not on the disk of the database, which a scenario fills.
    readonly DirectoryInfo _own = Directory.CreateTempSubdirectory("countersign-endure-nodes-");

    PostgresUnderTest(string? disk, RedisClusterProcess? redis)
        : base(disk) => (Server, Redis) = (new PostgresServer(Home), redis);

    public PostgresServer Server { get; }

    /// <summary>Where live verifications are; null where they are in PostgreSQL.</summary>
    public RedisClusterProcess? Redis { get; }

    public override int Nodes => 2;

    public override string LastLines => $"{Server.LastLines}\n{Redis?.LastLines}";

    string[] RedisSettings => [.. Redis?.Settings.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value }) ?? []];

    string ConnectionString => $"Host=127.0.0.1;Port={Server.Port};Username=countersign;Database=countersign";

    public static async Task<PostgresUnderTest> StartAsync(string? disk, bool withRedis, CancellationToken ct)
    {
        var store = new PostgresUnderTest(disk, withRedis ? await RedisClusterProcess.StartAsync(ct, disk) : null);
        try
        {
            await store.Server.CreateAsync(ct);
            store.Server.Start();
            await store.WaitAsync("postgres", ct);
            await store.ExecuteAsync("CREATE DATABASE countersign", ct, "postgres");
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    public override (string Directory, string[] Settings) Node(int number) => (
        Path.Combine(_own.FullName, $"node-{number}"),
        ["--Countersign:Storage", ConnectionString, "--Countersign:KeyRing", Path.Combine(_own.FullName, "keyring.json"), "--Countersign:DrainSeconds", "2", .. RedisSettings]);

    public override async Task<Kept> ReadAsync() => new(await SidsAsync("SELECT sid FROM verification", "VE"), await SidsAsync("SELECT sid FROM attempt", "VL"));

    public override async Task<string> RecoverAsync(CancellationToken ct)
    {
        await WaitAsync("countersign", ct);
        return Redis is null ? "" : $", {await Redis.RestartEndedAsync(ct)} servers of Redis started again";
    }

    /// <summary>Waits until it takes statements. Where it ended by itself, as it does when its log finds no room, it is started again.</summary>
    public async Task WaitAsync(string database, CancellationToken ct)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(50), ct))
        {
            try
            {
                await ExecuteAsync("SELECT 1", ct, database);
                return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(begun) < StartsWithin)
            {
                if (!Server.Runs && Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(2))
                {
                    Server.Close();
                    Server.Start();
                    await Task.Delay(TimeSpan.FromSeconds(1), ct);
                }
            }
        }
    }

    public async Task<object?> ExecuteAsync(string sql, CancellationToken ct, string database = "countersign")
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database, Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
#pragma warning disable CA2100 // Texts of scenarios.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct);
    }

    public override async ValueTask DisposeAsync()
    {
        Server.Close();
        Redis?.Dispose();
        _own.Delete(recursive: true);
        await base.DisposeAsync();
    }

    async Task<HashSet<string>> SidsAsync(string sql, string prefix)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
#pragma warning disable CA2100 // One of the two texts above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var sids = new HashSet<string>();
        var bytes = new byte[16];
        while (await reader.ReadAsync())
        {
            reader.GetGuid(0).TryWriteBytes(bytes, bigEndian: true, out _);
            sids.Add(Sid.FromBytes(prefix, bytes).ToString());
        }

        return sids;
    }
}
