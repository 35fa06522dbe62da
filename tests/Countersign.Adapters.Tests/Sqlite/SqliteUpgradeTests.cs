using Countersign.Adapters.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>A file of an earlier version, with rows in it.</summary>
public sealed class SqliteUpgradeTests : IAsyncDisposable
{
    const string NamesSql = """
        SELECT upper(type), name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'
        UNION ALL SELECT 'COLUMN', m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
        """;

    // What waits had rows of its own before there were slots.
    const string SlotsTakenBack = """
        INSERT INTO outbox (position, verification_sid, attempt_sid, asked_at)
        SELECT 1000 * id + at + 1, substr(messages, at * 40 + 1, 16), substr(messages, at * 40 + 17, 16), (SELECT created_at FROM verification WHERE sid = substr(messages, at * 40 + 1, 16))
        FROM outbox_slot, (WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < 95) SELECT at FROM n)
        WHERE substr(messages, at * 40 + 17, 16) <> zeroblob(16) AND substr(messages, at * 40 + 17, 16) NOT IN (SELECT sid FROM attempt)
        """;

    readonly SqliteHome _home = new();

    public static TheoryData<int> Versions => Scripts.VersionsBefore("sqlite");

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_an_earlier_version_left_is_found_and_gone_on_with(int version)
    {
        Legacy legacy;
        using (var store = _home.OpenSqlite())
            legacy = await Legacy.LeaveAsync(store);
        var had = TakeBack(version);

        using var newer = _home.OpenSqlite();

        await legacy.IsFoundAsync(newer, had.Contains);
    }

    /// <summary>Makes the file one of an earlier version, without what that had no room for. Gives the tables that it had.</summary>
    HashSet<string> TakeBack(int version)
    {
        using var earlier = new SqliteConnection("Data Source=:memory:");
        earlier.Open();
        foreach (var script in Scripts.Of("sqlite").Take(version))
            Execute(earlier, script);
        using var file = new SqliteConnection($"Data Source={_home.DatabasePath};Pooling=False");
        file.Open();
        var had = Names(earlier);
        Execute(file, SlotsTakenBack);
        foreach (var statement in Scripts.TakingBack(Names(file), had))
            Execute(file, statement);

        Assert.Equal(had.Order(), Names(file).Order());
        Execute(file, $"PRAGMA user_version = {version}");
        return [.. had.Where(thing => thing.Kind == "TABLE").Select(thing => thing.Name)];
    }

    static List<(string Kind, string Name)> Names(SqliteConnection connection)
    {
        using var command = new SqliteCommand(NamesSql, connection);
        using var rows = command.ExecuteReader();
        var names = new List<(string, string)>();
        while (rows.Read())
            names.Add((rows.GetString(0), rows.GetString(1)));
        return names;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
#pragma warning disable CA2100 // Texts of the project and of this class.
        using var command = new SqliteCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
