using System.Globalization;
using Countersign.Core;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Takes away days that nobody needs any more, and what named them, without stopping anybody: a partition is detached while others read and write, then dropped.
/// Its caller sees to it that one node at a time does so.
/// </summary>
static class OldPartitions
{
    /// <summary>Pages of the table of heads that one statement goes through: some thousand rows, some milliseconds.</summary>
    public const int HeadPages = 64;

    /// <summary>Rows of a day that is no larger are counted one by one.</summary>
    const long CountedBytes = 64 << 20;

    /// <summary>A table's days, oldest first, also those that are detached already and wait to be dropped.</summary>
    public static async Task<IReadOnlyList<DateTimeOffset>> DaysAsync(NpgsqlConnection connection, string table, CancellationToken ct)
    {
        await using var command = Command(
            connection,
            $"SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname ~ '^{table}_[0-9]{{8}}$' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '{table}'::regclass)");
        var names = await command.ReadAsync(row => row.GetString(0), ct);
        return [.. names.Select(name => DateTimeOffset.ParseExact(name.AsSpan(table.Length + 1), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)).Order()];
    }

    /// <summary>When the code of the last of a day's verifications runs out; null where there is none. Reads the whole day.</summary>
    public static async Task<DateTimeOffset?> LastEndAsync(NpgsqlConnection connection, DateTimeOffset day, CancellationToken ct)
    {
        await using var command = Command(connection, $"SELECT max(expires_at) FROM {NameOf("verification", day)}");
        command.CommandTimeout = 0;
        return await command.ExecuteScalarAsync(ct) is long last ? DateTimeOffset.FromUnixTimeMilliseconds(last) : null;
    }

    /// <summary>Drops a day. Gives how many rows it had; of a large one, what the server's statistics say.</summary>
    public static async Task<long> DropAsync(NpgsqlConnection connection, string table, DateTimeOffset day, CancellationToken ct)
    {
        // One that was interrupted goes first: there can be no second beside it.
        await using var pending = Command(connection, $"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{table}'::regclass AND inhdetachpending");
        foreach (var interrupted in await pending.ReadAsync(row => row.GetString(0), ct))
        {
            await ExecuteAsync(connection, $"ALTER TABLE {table} DETACH PARTITION {interrupted} FINALIZE", ct);
        }

        // What is named like a partition and is none was detached by a pass that ended before it could drop it.
        var name = NameOf(table, day);
        await using var attached = Command(connection, $"SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = '{table}'::regclass AND inhrelid = '{name}'::regclass)");
        if (await attached.ExecuteScalarAsync(ct) is true)
        {
            await ExecuteAsync(connection, $"ALTER TABLE {table} DETACH PARTITION {name} CONCURRENTLY", ct);
        }

        await using var large = Command(connection, $"SELECT pg_relation_size('{name}') > {CountedBytes}");
        await using var count = Command(
            connection,
            await large.ExecuteScalarAsync(ct) is true ? $"SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = '{name}'::regclass" : $"SELECT count(*) FROM {name}");
        var rows = (long)(await count.ExecuteScalarAsync(ct))!;
        await ExecuteAsync(connection, $"DROP TABLE {name}", ct);
        return rows;
    }

    /// <summary>Removes the heads of verifications from before a moment, in the pages from one on. Gives whether there are pages behind them.</summary>
    public static async Task<bool> DeleteHeadsAsync(NpgsqlConnection connection, long page, DateTimeOffset bound, CancellationToken ct)
    {
        // By place, since no index has the SID: one would have to be written with every start.
        await ExecuteAsync(
            connection,
            $"DELETE FROM head WHERE ctid >= '({page},0)' AND ctid < '({page + HeadPages},0)' AND sid < '{Sid.FirstAt("VE", bound).ToUuid()}'",
            ct);
        await using var size = Command(connection, "SELECT pg_relation_size('head') / current_setting('block_size')::bigint");
        return page + HeadPages < (long)(await size.ExecuteScalarAsync(ct))!;
    }

    static string NameOf(string table, DateTimeOffset day) => Partitions.NameOf(table, Partitions.DayOf(day));

    static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        // Detaching waits for whoever uses the table, such as a backup. It is given up after a while, and the next pass goes on with it.
        await using var command = Command(connection, sql);
        command.CommandTimeout = 60;
        return await command.ExecuteNonQueryAsync(ct);
    }

#pragma warning disable CA2100 // Names and numbers of our own.
    static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100
}
