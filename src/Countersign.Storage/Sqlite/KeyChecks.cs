using System.Security.Cryptography;
using Countersign.Core.Privacy;

namespace Countersign.Storage.Sqlite;

/// <summary>Makes sure that the file and the key ring belong together, before anything is read with the wrong keys or sealed with keys that are lost later.</summary>
static class KeyChecks
{
    /// <summary>Compares, and keeps what is new of the ring.</summary>
    /// <exception cref="KeyRingException">A key that this file was written with is missing from the ring, or is another one.</exception>
    public static void Verify(WriteContext context, KeyRing ring)
    {
        var known = Compare(context, ring);
        using var insert = context.Prepare("INSERT INTO key_check (key_id, value) VALUES (?1, ?2)");
        foreach (var key in ring.Keys.Where(key => !known.Contains(key.Id)))
        {
            insert.Bind((long)key.Id).Bind(key.Check).Run();
        }
    }

    /// <summary>Compares, and writes nothing: for who only reads, beside a server perhaps. Gives the ids of the keys that the file knows.</summary>
    /// <exception cref="KeyRingException">A key that this file was written with is missing from the ring, or is another one.</exception>
    public static IReadOnlySet<int> Compare(WriteContext context, KeyRing ring)
    {
        var known = new Dictionary<int, byte[]>();
        using (var rows = context.Prepare("SELECT key_id, value FROM key_check"))
        {
            while (rows.Read())
            {
                known[rows.Int(0)] = rows.Bytes(1).ToArray();
            }
        }

        var keys = ring.Keys.ToDictionary(key => key.Id);
        foreach (var (id, value) in known)
        {
            if (!keys.TryGetValue(id, out var key) || !CryptographicOperations.FixedTimeEquals(key.Check, value))
            {
                throw new KeyRingException(
                    $"The key ring does not belong to this data: its key {id} is {(key is null ? "missing" : "another one")}. Restore the ring that was in use with this database, with all its keys. Nothing was changed.");
            }
        }

        return known.Keys.ToHashSet();
    }
}
