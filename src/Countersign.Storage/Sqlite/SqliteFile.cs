using System.Reflection;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>The database file: opening, settings, and bringing its schema up to this version.</summary>
static class SqliteFile
{
    static readonly bool Configured = Configure();

    /// <summary>Opens a connection to the file, making it on the first start.</summary>
    public static SqliteConnection Open(string path)
    {
        _ = Configured;
        if (!OperatingSystem.IsWindows() && !File.Exists(path))
        {
            // The log and the shared memory take their mode from the file.
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        }

        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();

        // synchronous=FULL: what is committed survives the loss of power, not only of the process. The writer's commits are synced by LogSync instead.
        // secure_delete: a sealed custom code that was sent is overwritten, not left in a free page.
        // wal_autocheckpoint=0: the writer checkpoints itself, at moments of its own choice (see Checkpointer).
        Execute(connection, """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA secure_delete = ON;
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA cache_size = -16384;
            PRAGMA temp_store = MEMORY;
            PRAGMA busy_timeout = 5000;
            PRAGMA foreign_keys = OFF;
            PRAGMA trusted_schema = OFF;
            """);
        return connection;
    }

    /// <summary>Opens a connection that only reads, to a file that is open already.</summary>
    public static SqliteConnection OpenReader(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0;");
        return connection;
    }

    /// <summary>
    /// Once for the process, before the library is first used: no locks around each call, since each connection here has one thread that uses it, and no count of its
    /// memory, which takes a lock for each allocation. Where the library was used before, it stays as it was, which is slower and as right.
    /// </summary>
    static bool Configure()
    {
        Batteries_V2.Init();
        return raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD) == raw.SQLITE_OK && raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0) == raw.SQLITE_OK;
    }

    /// <summary>Runs the numbered scripts that this file has not seen, each in one transaction.</summary>
    /// <exception cref="InvalidOperationException">The file was written by a newer version.</exception>
    public static void Migrate(SqliteConnection connection)
    {
        var scripts = Scripts().ToList();
        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), null);
        var newest = scripts.Max(script => script.Number);
        if (version > newest)
        {
            throw new InvalidOperationException(
                $"The data directory was written by a newer version of Countersign (schema {version}, this one knows {newest}). Start that version, or restore a backup.");
        }

        foreach (var (number, sql) in scripts.Where(script => script.Number > version))
        {
            Execute(connection, $"BEGIN IMMEDIATE; {sql}; PRAGMA user_version = {number}; COMMIT;");
        }
    }

    /// <summary>Whether no script has run yet: a file of nothing, as a start that was cut off leaves it.</summary>
    public static bool IsEmpty(WriteContext context)
    {
        using var version = context.Prepare("PRAGMA user_version");
        return version.Read() && version.Int(0) == 0;
    }

    static IEnumerable<(int Number, string Sql)> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("sqlite/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (int.Parse(name.AsSpan("sqlite/".Length, 4), null), reader.ReadToEnd());
        }
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this project.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
