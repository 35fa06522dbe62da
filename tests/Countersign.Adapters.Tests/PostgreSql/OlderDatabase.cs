using Countersign.Adapters.Tests.Stores;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Databases of an earlier version.</summary>
static class OlderDatabase
{
    const string NamesSql = """
        SELECT CASE WHEN c.relkind IN ('r', 'p') THEN 'TABLE' ELSE 'INDEX' END, c.relname::text
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'i', 'I') AND NOT c.relispartition
        UNION ALL
        SELECT 'COLUMN', c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
        """;

    /// <summary>Runs the first scripts in an empty database.</summary>
    public static async Task MakeAsync(string connectionString, int version)
    {
        await PostgresServer.ExecuteAsync(
            connectionString, "CREATE TABLE schema_version (version integer PRIMARY KEY, requires integer NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())");
        foreach (var script in Scripts.Of("postgresql").Take(version))
            await PostgresServer.ExecuteAsync(connectionString, script);
        await PostgresServer.ExecuteAsync(connectionString, $"INSERT INTO schema_version (version, requires) SELECT number, 0 FROM generate_series(1, {version}) AS number");
    }

    /// <summary>Makes a database one of an earlier version, without what that had no room for. Gives the tables that it had.</summary>
    public static async Task<HashSet<string>> TakeBackAsync(string connectionString, int version)
    {
        var server = await PostgresServer.SharedAsync();
        var earlier = await server.CreateDatabaseAsync();
        await MakeAsync(earlier, version);
        var had = await NamesAsync(earlier);
        await server.DropDatabaseAsync(earlier);
        foreach (var statement in Scripts.TakingBack(await NamesAsync(connectionString), had))
            await PostgresServer.ExecuteAsync(connectionString, statement);

        Assert.Equal(had.Order(), (await NamesAsync(connectionString)).Order());
        await PostgresServer.ExecuteAsync(connectionString, $"DELETE FROM schema_version WHERE version > {version}");
        return [.. had.Where(thing => thing.Kind == "TABLE").Select(thing => thing.Name)];
    }

    static async Task<List<(string Kind, string Name)>> NamesAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(NamesSql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var names = new List<(string, string)>();
        while (await rows.ReadAsync())
            names.Add((rows.GetString(0), rows.GetString(1)));
        return names;
    }
}
