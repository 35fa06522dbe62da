using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>A row that is held in memory. Its position orders lists; its stamp is another after each change.</summary>
/// <param name="Position">Its place in lists.</param>
/// <param name="Stamp">Another after each change.</param>
/// <param name="Entry">What it says; where it cannot be read, what it said when it last could.</param>
/// <param name="Problem">Why it cannot be read.</param>
readonly record struct MirrorRow<TEntry>(long Position, uint Stamp, TEntry? Entry, Exception? Problem = null)
    where TEntry : class
{
    /// <summary>What it says.</summary>
    /// <param name="what">What to call it where it cannot be read.</param>
    /// <exception cref="UnknownKeyException">It opens with a key that this node does not have.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read for another reason.</exception>
    public TEntry Known(string what) => Problem is null ? Entry! : throw UnreadableRow.Refusal(Problem, what);
}

/// <summary>How rows are read of which one must not hold up the others.</summary>
static class MirrorRows
{
    /// <summary>Reads a row: its position, its stamp in the column behind, and the entry, which may not be readable.</summary>
    public static MirrorRow<TEntry> Mirrored<TEntry>(this NpgsqlDataReader row, int position, Func<NpgsqlDataReader, TEntry> read)
        where TEntry : class
    {
        var (place, stamp) = (row.GetInt64(position), row.GetFieldValue<uint>(position + 1));
        try
        {
            return new MirrorRow<TEntry>(place, stamp, read(row));
        }
        catch (Exception problem) when (problem is not NpgsqlException)
        {
            // A key that this node lacks, a seal that does not open, a document that does not parse: whatever it is, it is this row's.
            return new MirrorRow<TEntry>(place, stamp, null, problem);
        }
    }

    /// <summary>Reads what a mirror asks for.</summary>
    public static Task<Dictionary<TKey, MirrorRow<TEntry>>> ReadAllAsync<TKey, TEntry>(
        this PostgresDatabase database, string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, (TKey Key, MirrorRow<TEntry> Row)> read)
        where TKey : notnull
        where TEntry : class => database.RunAsync(
            async connection =>
            {
#pragma warning disable CA2100 // Texts of this folder.
                await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
                bind(command.Parameters);
                var all = await command.ReadAsync(read, CancellationToken.None);
                return all.ToDictionary(entry => entry.Key, entry => entry.Row);
            },
            CancellationToken.None);
}
