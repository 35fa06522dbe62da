using Microsoft.Data.Sqlite;

namespace Countersign.Bench.History;

/// <summary>The embedded store's file, while no server has it open.</summary>
sealed class SqliteFiller(DirectoryInfo data) : Filler
{
    readonly List<string> _inserts = [];

    protected override Task BeginAsync(int rows, CancellationToken ct) => RunAsync(connection =>
    {
        // A row's id is the first 63 bits of its SID: 48 of the moment, 15 of the 16 zeros.
        var (moment, sid) = (MomentOf(rows), $"unhex(printf('%012x0000', {MomentOf(rows)}) || hex(randomblob(8)))");
        var id = $"({moment} << 15)";
        foreach (var (table, instead) in new (string, Dictionary<string, string>)[]
        {
            ("verification", new() { ["id"] = id, ["sid"] = sid, ["destination"] = "randomblob(length(t.destination))", ["created_at"] = moment, ["updated_at"] = moment, ["expires_at"] = $"{moment} + 600000" }),
            ("attempt", new() { ["id"] = id, ["sid"] = sid, ["verification_sid"] = sid, ["created_at"] = moment, ["updated_at"] = moment }),
        })
        {
            var columns = ReadColumns(connection, table);
            _inserts.Add($"""
                INSERT INTO {table} ({string.Join(", ", columns)})
                WITH RECURSIVE n(i) AS (SELECT $from UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $to)
                SELECT {Copy(columns, instead)} FROM n, (SELECT * FROM {table} LIMIT 1) t
                """);
        }
    });

    protected override Task FillAsync(int from, int to, CancellationToken ct) => RunAsync(connection =>
    {
        using var transaction = connection.BeginTransaction();
        foreach (var insert in _inserts)
        {
            using var command = Command(connection, insert);
            command.Transaction = transaction;
            command.Parameters.AddWithValue("$from", from);
            command.Parameters.AddWithValue("$to", to);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    });

    protected override Task EndAsync(CancellationToken ct) => RunAsync(connection =>
    {
        using var checkpoint = Command(connection, "PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint.ExecuteNonQuery();
    });

    static List<string> ReadColumns(SqliteConnection connection, string table)
    {
        using var command = Command(connection, $"SELECT name FROM pragma_table_info('{table}')");
        using var reader = command.ExecuteReader();
        var columns = new List<string>();
        while (reader.Read())
        {
            columns.Add(reader.GetString(0));
        }

        return columns;
    }

    Task RunAsync(Action<SqliteConnection> action) => Task.Factory.StartNew(
        () =>
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(data.FullName, "countersign.db")};Pooling=False");
            connection.Open();
            using var settings = Command(connection, "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
            settings.ExecuteNonQuery();
            action(connection);
        },
        TaskCreationOptions.LongRunning);

#pragma warning disable CA2100 // Names of our own schema and numbers.
    static SqliteCommand Command(SqliteConnection connection, string sql) => new(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
}
