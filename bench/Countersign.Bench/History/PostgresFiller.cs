using System.Globalization;
using Npgsql;

namespace Countersign.Bench.History;

/// <summary>The tables of the history in PostgreSQL, and the newest verification of each destination.</summary>
sealed class PostgresFiller(string connectionString) : Filler
{
    readonly List<string> _inserts = [];

    protected override Task BeginAsync(int rows, CancellationToken ct) => RunAsync(
        async connection =>
        {
            var moment = MomentOf(rows);

            // 48 bits of the moment, some that are as good as random and the same in all tables, and 12 of the shard.
            var sid = $"(lpad(to_hex({moment}), 12, '0') || substr(md5(i::text), 1, 17) || lpad(to_hex(i % 4096), 3, '0'))::uuid";
            foreach (var (table, instead) in new (string, Dictionary<string, string>)[]
            {
                ("verification", new()
                {
                    ["sid"] = sid, ["shard"] = "i % 4096", ["destination"] = "md5(i::text || 'destination')::uuid", ["created_at"] = moment, ["updated_at"] = moment,
                    ["expires_at"] = $"{moment} + 600000",
                }),
                ("attempt", new() { ["sid"] = sid, ["shard"] = "i % 4096", ["verification_sid"] = sid, ["created_at"] = moment, ["updated_at"] = moment }),
                ("head", new() { ["key"] = "md5(i::text || 'key')::uuid", ["shard"] = "i % 4096", ["sid"] = sid }),
            })
            {
                await MakeDaysAsync(connection, table, ct);
                var columns = await ReadAsync(connection, $"SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position", ct);
                if (columns.Count > 0)
                {
                    _inserts.Add($"INSERT INTO {table} ({string.Join(", ", columns)}) SELECT {Copy(columns, instead)} FROM generate_series($1::bigint, $2::bigint) i, (SELECT * FROM {table} LIMIT 1) t");
                }
            }
        },
        ct);

    protected override Task FillAsync(int from, int to, CancellationToken ct) => RunAsync(
        async connection =>
        {
            foreach (var insert in _inserts)
            {
                await using var command = Command(connection, insert);
                command.Parameters.AddWithValue((long)from);
                command.Parameters.AddWithValue((long)to - 1);
                await command.ExecuteNonQueryAsync(ct);
            }
        },
        ct);

    protected override Task EndAsync(CancellationToken ct) => RunAsync(
        async connection =>
        {
            await using var vacuum = Command(connection, "VACUUM (ANALYZE)");
            await vacuum.ExecuteNonQueryAsync(ct);
            await using var checkpoint = Command(connection, "CHECKPOINT");
            await checkpoint.ExecuteNonQueryAsync(ct);
        },
        ct);

    /// <summary>A table that is kept by days has one for today and for some that come, made by the server; those before are made here.</summary>
    async Task MakeDaysAsync(NpgsqlConnection connection, string table, CancellationToken ct)
    {
        if ((await ReadAsync(connection, $"SELECT relname FROM pg_class WHERE oid = to_regclass('{table}') AND relkind = 'p'", ct)).Count == 0)
        {
            return;
        }

        var today = TimeProvider.System.GetUtcNow().Date;
        for (var day = DateTimeOffset.FromUnixTimeMilliseconds(Oldest).UtcDateTime.Date; day < today; day = day.AddDays(1))
        {
            await using var make = Command(
                connection,
                $"CREATE TABLE IF NOT EXISTS {table}_{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)} PARTITION OF {table} FOR VALUES FROM ('{BoundOf(day)}') TO ('{BoundOf(day.AddDays(1))}')");
            await make.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>The least SID of a day.</summary>
    static string BoundOf(DateTime day) =>
        Guid.ParseExact(new DateTimeOffset(day, TimeSpan.Zero).ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture) + new string('0', 20), "N").ToString();

    static async Task<List<string>> ReadAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = Command(connection, sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var lines = new List<string>();
        while (await reader.ReadAsync(ct))
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    async Task RunAsync(Func<NpgsqlConnection, Task> action, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(ct);
        await using var settings = Command(connection, "SET synchronous_commit = off");
        await settings.ExecuteNonQueryAsync(ct);
        await action(connection);
    }

#pragma warning disable CA2100 // Names of our own schema and numbers.
    static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100
}
