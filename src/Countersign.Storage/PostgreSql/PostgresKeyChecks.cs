using System.Security.Cryptography;
using Countersign.Core.Privacy;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Makes sure that the database and the key ring belong together, before anything is read with the wrong keys or sealed with keys that are lost later.</summary>
static class PostgresKeyChecks
{
    /// <summary>Compares the ring with what was kept of it, and keeps what is new. Its caller holds <see cref="AdvisoryLocks.Schema"/>: of two rings that start on an empty database one wins.</summary>
    /// <exception cref="KeyRingException">A key that this database was written with is missing from the ring, or is another one.</exception>
    public static async Task VerifyAsync(NpgsqlConnection connection, KeyRing ring, CancellationToken ct)
    {
        var known = new Dictionary<int, byte[]>();
        await using (var select = new NpgsqlCommand("SELECT key_id, value FROM key_check", connection))
        await using (var rows = await select.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                known[rows.GetInt32(0)] = rows.GetFieldValue<byte[]>(1);
            }
        }

        var keys = ring.Keys.ToDictionary(key => key.Id);
        foreach (var (id, value) in known)
        {
            // Note: a node that has a key less than the others may be one that was not given the newest ring yet. It must not start all the same: it could not read what they write.
            if (!keys.TryGetValue(id, out var key) || !CryptographicOperations.FixedTimeEquals(key.Check, value))
            {
                throw new KeyRingException(
                    $"The key ring does not belong to this data: its key {id} is {(key is null ? "missing" : "another one")}. Restore the ring that was in use with this database, with all its keys. Nothing was changed.");
            }
        }

        foreach (var key in ring.Keys.Where(key => !known.ContainsKey(key.Id)))
        {
            await using var insert = new NpgsqlCommand("INSERT INTO key_check (key_id, value) VALUES ($1, $2)", connection);
            insert.Parameters.Add(new NpgsqlParameter<int> { TypedValue = key.Id });
            insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = key.Check });
            await insert.ExecuteNonQueryAsync(ct);
        }
    }
}
