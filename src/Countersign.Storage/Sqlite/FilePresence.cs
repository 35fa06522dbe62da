using System.Runtime.InteropServices;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Whether the files that we have open are still the ones at their paths. On Unix a deleted file can be written to until it is closed, and all of it is gone then:
/// without this, a data directory that was removed under a running server would go unnoticed, with every start answered.
/// Used on the writer's thread alone. Costs two system calls, a hundredth of the commit that follows.
/// </summary>
sealed partial class FilePresence(string path, sqlite3 connection, ILogger logger)
{
    const int HasMoved = 20; // SQLITE_FCNTL_HAS_MOVED: compares the open file's inode with that of its path.

    readonly string _log = path + "-wal";
    bool _lost;

    /// <summary>Throws while the files are deleted, moved or replaced. Logs once, and once more if they come back.</summary>
    /// <exception cref="StoreUnavailableException">They are.</exception>
    public void Check()
    {
        // Never by opening the file: closing it again would drop the locks that SQLite holds on it (POSIX advisory locks are the process's, not the handle's).
        var lost = SqliteFileControl(connection.DangerousGetHandle(), "main", HasMoved, out var moved) == raw.SQLITE_OK ? moved != 0 : !File.Exists(path);
        lost = lost || !File.Exists(_log);
        if (lost != _lost)
        {
            _lost = lost;
            if (lost)
            {
                LogLost(Path.GetFullPath(path));
            }
            else
            {
                LogBack(Path.GetFullPath(path));
            }
        }

        if (lost)
        {
            throw new StoreUnavailableException("The database file was deleted, moved or replaced while the server runs.") { IsLost = true };
        }
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static partial int SqliteFileControl(nint connection, string database, int operation, out int result);

    [LoggerMessage(3101, LogLevel.Critical, "The database {Path} or its log was deleted, moved or replaced under the running server. Nothing is accepted until it is back; otherwise restart the server, which begins with what is there then")]
    partial void LogLost(string path);

    [LoggerMessage(3102, LogLevel.Warning, "The database {Path} is back")]
    partial void LogBack(string path);
}
