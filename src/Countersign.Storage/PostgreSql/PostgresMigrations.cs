using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Brings the schema up to this version: the numbered scripts, each in one transaction, once for all nodes that start together.
/// For rolling upgrades a node runs on a schema that is newer than it knows: scripts only add what older nodes can leave alone. One that older nodes could not live with
/// says so in a line <c>-- requires N</c>: nodes that know fewer than N scripts then refuse to start. N is never that script's own number, or the nodes that run while it is
/// applied would break; what must go is left unused by one version and removed by a later one.
/// </summary>
static partial class PostgresMigrations
{
    /// <summary>
    /// How long a script waits for a table. While it does, each statement on that table waits behind it, of the nodes of the version before too: so it waits briefly, and again after a pause, until whoever has the table
    /// gives it up, such as a backup. But for longer than the server's deadlock_timeout (1 s), when an autovacuum gives way.
    /// </summary>
    const string LockTimeout = "2s";

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>Transactions of others that have a table of ours for as long as a script has waited, the oldest first. Who may not see when they began is told of all.</summary>
    const string HoldersSql = $"""
        SELECT coalesce(string_agg(holder, ', '), 'nobody any more') FROM (
            SELECT format('process %s (%s%s)', a.pid, coalesce(nullif(a.application_name, ''), a.backend_type, 'unknown'),
                ', for ' || round(extract(epoch FROM clock_timestamp() - a.xact_start)) || ' s') AS holder
            FROM pg_stat_activity a
            WHERE a.pid <> pg_backend_pid() AND (a.xact_start IS NULL OR a.xact_start <= clock_timestamp() - interval '{LockTimeout}')
                AND EXISTS (
                    SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                    WHERE l.pid = a.pid AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        AND c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p'))
            ORDER BY a.xact_start LIMIT 5) AS oldest
        """;

    /// <summary>Scripts that this version knows.</summary>
    public static int Known => Scripts().Count;

    /// <exception cref="StoreRefusedException">The schema needs a newer version of Countersign.</exception>
    /// <exception cref="KeyRingException">The data was written with another key ring.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, KeyRing ring, ILogger logger, CancellationToken ct)
    {
        // Of the session, not of a transaction: each script has its own. Another node's scripts may take a while, so waiting has no end of its own.
        await using var take = Command(connection, "SELECT pg_advisory_lock($1)");
        take.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Schema });
        take.CommandTimeout = 0;
        await take.ExecuteNonQueryAsync(ct);
        try
        {
            await MigrateAsync(connection, logger, ct);
            await PostgresKeyChecks.VerifyAsync(connection, ring, ct);
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var release = Command(connection, "SELECT pg_advisory_unlock($1)");
                release.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Schema });
                await release.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    static async Task MigrateAsync(NpgsqlConnection connection, ILogger logger, CancellationToken ct)
    {
        var scripts = Scripts();
        var (version, requires) = await ReadVersionAsync(connection, ct);
        if (requires > scripts[^1].Number)
        {
            throw new StoreRefusedException(
                $"The database was written by a newer version of Countersign (schema {version}, this one knows {scripts[^1].Number}). Start that version, or restore a backup.");
        }

        foreach (var (number, sql) in scripts.Where(script => script.Number > version))
        {
            requires = Math.Max(requires, RequiredBy(sql));
            while (!await TryApplyAsync(connection, number, sql, requires, ct))
            {
                await using var holders = Command(connection, HoldersSql);
                LogWaits(logger, number, (string)(await holders.ExecuteScalarAsync(ct))!);
                await Task.Delay(Pause, TimeProvider.System, ct);
            }
        }
    }

    /// <summary>Runs a script in a transaction of its own. False, with nothing kept, when others have a table that it needs.</summary>
    static async Task<bool> TryApplyAsync(NpgsqlConnection connection, int number, string sql, int requires, CancellationToken ct)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await using var patience = Command(connection, $"SET LOCAL lock_timeout = '{LockTimeout}'");
            await patience.ExecuteNonQueryAsync(ct);
            await using var script = Command(connection, sql);
            script.CommandTimeout = 0;
            await script.ExecuteNonQueryAsync(ct);
            await using var mark = Command(connection, "INSERT INTO schema_version (version, requires) VALUES ($1, $2)");
            mark.Parameters.Add(new NpgsqlParameter<int> { TypedValue = number });
            mark.Parameters.Add(new NpgsqlParameter<int> { TypedValue = requires });
            await mark.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
            return true;
        }
        catch (PostgresException problem) when (problem.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    static async Task<(int Version, int Requires)> ReadVersionAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // Looked for first: with IF NOT EXISTS alone, a role that may no longer create tables could not start on a schema that is complete.
        await using var exists = Command(connection, "SELECT to_regclass('schema_version') IS NOT NULL");
        if (await exists.ExecuteScalarAsync(ct) is not true)
        {
            await using var create = Command(
                connection,
                """
                CREATE TABLE schema_version (
                    version    integer     PRIMARY KEY, -- a script that was applied
                    requires   integer     NOT NULL,    -- nodes that know fewer scripts must not run any more
                    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
                )
                """);
            await create.ExecuteNonQueryAsync(ct);
        }

        await using var read = Command(connection, "SELECT coalesce(max(version), 0), coalesce(max(requires), 0) FROM schema_version");
        await using var row = await read.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt32(0), row.GetInt32(1));
    }

    static List<(int Number, string Sql)> Scripts()
    {
        const string folder = "postgresql/";
        var assembly = Assembly.GetExecutingAssembly();
        var scripts = new List<(int, string)>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            scripts.Add((int.Parse(name.AsSpan(folder.Length, 4), CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }

        return scripts;
    }

    static int RequiredBy(string sql) => RequiresLine().Match(sql) is { Success: true } line ? int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

#pragma warning disable CA2100 // Every text is a constant of this project.
    static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100

    [LoggerMessage(3231, LogLevel.Warning, "The schema is not upgraded yet: script {Script} waits for tables that others have in use ({Holders}). Nodes that run serve meanwhile; trying again in 3 s")]
    static partial void LogWaits(ILogger logger, int script, string holders);

    [GeneratedRegex(@"^-- requires (\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex RequiresLine();
}
