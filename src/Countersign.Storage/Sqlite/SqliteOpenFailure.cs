using Countersign.Core.Verifications;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>Why the database file cannot be opened or read, for the person who starts a server or a verb: which file, why and what next.</summary>
static class SqliteOpenFailure
{
    const string RestoreIt = "Restore it from a backup (docs/configuration.md, \"Backup\")";

    /// <exception cref="StoreUnavailableException">The file, its directory or its disk is to blame; the message says how.</exception>
    public static T Explained<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception problem) when (Explain(Path.GetFullPath(path), problem) is { } explanation)
        {
            throw new StoreUnavailableException(explanation, problem);
        }
    }

    static string? Explain(string path, Exception problem) => problem switch
    {
        SqliteException refused => Explain(path, refused.SqliteErrorCode, refused.Message.TrimEnd('.')),
        SqliteFailure refused => Explain(path, refused.Code & 0xFF, refused.Message),
        UnauthorizedAccessException => NotAllowed(path),
        IOException => $"{path} cannot be used: {problem.Message}. See that its disk has room and can be written to.",
        _ => null,
    };

    static string Explain(string path, int code, string said) => code switch
    {
        raw.SQLITE_NOTADB => $"{path} is not a database: it is damaged, or another file lies in its place. {RestoreIt}, or name another directory with --Countersign:DataDirectory.",
        raw.SQLITE_CORRUPT => $"{path} is damaged. {RestoreIt}.",
        raw.SQLITE_FULL or raw.SQLITE_IOERR =>
            $"{path} cannot be used, since its disk does not keep or give what it should ({said}): it is full, or broken. Make room on it, or look into the system's log.",
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_AUTH => NotAllowed(path),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"{path} is held by another program, such as a backup ({said}). Wait for it, or end it.",
        raw.SQLITE_ERROR => $"{path} does not have the tables of this version ({said}). Start the server of this version once, or use the version that the file is of.",
        _ => $"{path} cannot be used ({said}).",
    };

    static string NotAllowed(string path) =>
        $"{path} may not be opened, or written to, by the user {Environment.UserName}. Run this as the user that owns the data directory, give it that directory (chown -R), or make its disk writable.";
}
