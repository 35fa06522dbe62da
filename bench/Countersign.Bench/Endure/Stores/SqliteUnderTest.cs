using Countersign.Core;
using Microsoft.Data.Sqlite;

namespace Countersign.Bench.Endure.Stores;

/// <summary>The embedded store: a file, and one node that owns it.</summary>
sealed class SqliteUnderTest(string? disk) : EndureStore(disk)
{
    public override int Nodes => 1;

    string Data => Path.Combine(Home.FullName, "data");

    public override (string Directory, string[] Settings) Node(int number) => (Data, []);

    public override async Task<Kept> ReadAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "countersign.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        return new Kept(await SidsAsync(connection, "SELECT sid FROM verification", "VE"), await SidsAsync(connection, "SELECT sid FROM attempt", "VL"));
    }

    static async Task<HashSet<string>> SidsAsync(SqliteConnection connection, string sql, string prefix)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the two texts above.
        command.CommandText = sql;
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var sids = new HashSet<string>();
        while (await reader.ReadAsync())
        {
            sids.Add(Sid.FromBytes(prefix, (byte[])reader[0]).ToString());
        }

        return sids;
    }
}
