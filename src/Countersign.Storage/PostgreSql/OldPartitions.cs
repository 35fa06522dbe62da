using System.Globalization;
using Countersign.Core;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Takes away days that nobody needs any more, and what named them, without stopping anybody: a partition is detached while others read and write, then dropped.
/// One node at a time (<see cref="AdvisoryLocks.Retention"/>).
/// </summary>
sealed class OldPartitions(PostgresDatabase database)
{
    /// <summary>Pages of the table of heads that one statement goes through: some thousand rows, some milliseconds.</summary>
    const int PagesAtATime = 64;

    /// <summary>Between two statements, so that the pass takes no more than a part of the disk.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Drops a table's partitions of days that ended before a moment, oldest first. Gives how many.</summary>
    public Task<int> DropBeforeAsync(string table, DateTimeOffset bound, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            // One that was interrupted goes first: there can be no second beside it.
            foreach (var name in await NamesAsync(connection, Pending(table), ct))
            {
                await ExecuteAsync(connection, $"ALTER TABLE {table} DETACH PARTITION {name} FINALIZE", ct);
            }

            var dropped = 0;
            foreach (var name in (await NamesAsync(connection, Named(table), ct)).Where(name => IsBefore(name, table, bound)).Order(StringComparer.Ordinal))
            {
                // What is named like a partition and is none was detached by a pass that ended before it could drop it.
                if ((await NamesAsync(connection, Attached(table), ct)).Contains(name))
                {
                    await ExecuteAsync(connection, $"ALTER TABLE {table} DETACH PARTITION {name} CONCURRENTLY", ct);
                }

                await ExecuteAsync(connection, $"DROP TABLE {name}", ct);
                dropped++;
            }

            return dropped;
        },
        ct);

    /// <summary>Removes the heads of verifications that are older than a moment, some pages at a time. Gives how many.</summary>
    public async Task<long> DeleteHeadsAsync(DateTimeOffset bound, CancellationToken ct)
    {
        var pages = await database.RunAsync(
            async connection =>
            {
                await using var size = new NpgsqlCommand("SELECT pg_relation_size('head') / current_setting('block_size')::bigint", connection);
                return (long)(await size.ExecuteScalarAsync(ct))!;
            },
            ct);
        var deleted = 0L;
        for (var page = 0L; page < pages; page += PagesAtATime)
        {
            // By place, since no index has the SID: one would have to be written with every start.
            deleted += await database.RunAsync(
                connection => ExecuteAsync(
                    connection,
                    $"DELETE FROM head WHERE ctid >= '({page},0)' AND ctid < '({page + PagesAtATime},0)' AND sid < '{Sid.FirstAt("VE", bound).ToUuid()}'",
                    ct),
                ct);
            await Task.Delay(Pause, TimeProvider.System, ct);
        }

        return deleted;
    }

    static bool IsBefore(string name, string table, DateTimeOffset bound) =>
        DateTimeOffset.TryParseExact(name.AsSpan(table.Length + 1), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day)
        && day.AddDays(1) <= bound;

    static string Attached(string table) => $"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{table}'::regclass";

    static string Pending(string table) => $"{Attached(table)} AND inhdetachpending";

    static string Named(string table) =>
        $"SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname ~ '^{table}_[0-9]{{8}}$' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = '{table}'::regclass)";

    static async Task<List<string>> NamesAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        var names = new List<string>();
        await using var command = Command(connection, sql);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            names.Add(rows.GetString(0));
        }

        return names;
    }

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
