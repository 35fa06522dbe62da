using Countersign.Core;
using Microsoft.Data.Sqlite;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>What a killed server left in its file: attempts (VL…) that still wait to be sent, and those whose outcome is known.</summary>
sealed record KilledStore(HashSet<string> Waiting, HashSet<string> Recorded)
{
    const string InSlots = """
        SELECT substr(messages, at * 40 + 17, 16) FROM outbox_slot, (WITH RECURSIVE n(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM n WHERE at < 95) SELECT at FROM n)
        WHERE substr(messages, at * 40 + 17, 16) <> zeroblob(16) AND substr(messages, at * 40 + 17, 16) NOT IN (SELECT sid FROM attempt)
        """;

    /// <summary>Reads a copy, so that the next start finds the files as the kill left them.</summary>
    public static KilledStore Read(string dataDirectory)
    {
        var copy = Directory.CreateTempSubdirectory("countersign-killed-");
        try
        {
            foreach (var name in new[] { "countersign.db", "countersign.db-wal" })
                File.Copy(Path.Combine(dataDirectory, name), Path.Combine(copy.FullName, name));
            using var connection = new SqliteConnection($"Data Source={Path.Combine(copy.FullName, "countersign.db")};Pooling=False");
            connection.Open();
            return new KilledStore(Sids(connection, "SELECT attempt_sid FROM outbox UNION " + InSlots), Sids(connection, "SELECT sid FROM attempt WHERE status = 1"));
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    static HashSet<string> Sids(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the two texts above.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var sids = new HashSet<string>();
        while (reader.Read())
            sids.Add(Sid.FromBytes("VL", (byte[])reader[0]).ToString());
        return sids;
    }
}
