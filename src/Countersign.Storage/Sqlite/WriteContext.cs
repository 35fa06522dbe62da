using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>What operations see of the writer: its connection, its clock, and what must be undone or announced with the batch.</summary>
sealed class WriteContext : IDisposable
{
    const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE

    readonly SqliteConnection _connection;
    readonly List<Statement> _statements = [];
    readonly List<Action> _undo = [];
    readonly List<Action> _announce = [];
    readonly List<Follower> _followers = [];

    public WriteContext(SqliteConnection connection)
    {
        _connection = connection;
        Savepoint = Prepare("SAVEPOINT operation");
        RollbackToSavepoint = Prepare("ROLLBACK TO operation");
        ReleaseSavepoint = Prepare("RELEASE operation");
    }

    public sqlite3 Handle => _connection.Handle!;

    /// <summary>The moment of the batch.</summary>
    public DateTimeOffset Now { get; private set; }

    public Statement Savepoint { get; }

    public Statement RollbackToSavepoint { get; }

    public Statement ReleaseSavepoint { get; }

    /// <summary>Pages that this connection has written to the log since it was opened; the low 31 bits of them, so that it begins again at zero.</summary>
    public int PagesWritten
    {
        get
        {
            Sqlite.Check(Handle, raw.sqlite3_db_status(Handle, CacheWrite, out var pages, out _, 0));
            return pages;
        }
    }

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(Handle);

    /// <summary>A statement that lives as long as the connection; the file is only closed, and its log written back, once all of them are gone.</summary>
    public Statement Prepare(string sql)
    {
        var statement = new Statement(Handle, sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs when the batch is rolled back: puts memory that follows the file back as it was.</summary>
    public void OnUndo(Action action) => _undo.Add(action);

    /// <summary>Runs on the writer's thread right after the commit, which is not on the disk yet: for memory that follows the file, and for nothing that anybody else acts on.</summary>
    public void OnCommit(Action action) => _announce.Add(action);

    /// <summary>Has something completed with the batch, once it is on the disk, or failed with it. Within <see cref="OnCommit"/> too.</summary>
    public void Follow(Follower follower) => _followers.Add(follower);

    public void BeginBatch(DateTimeOffset now)
    {
        Now = now;
    }

    void Forget()
    {
        _followers.Clear();
        _undo.Clear();
        _announce.Clear();
    }

    public void EndBatch(List<WriteOperation> batch)
    {
        foreach (var action in _announce)
        {
            action();
        }

        batch.AddRange(_followers);
        Forget();
    }

    public void UndoBatch()
    {
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            _undo[i]();
        }

        Forget();
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }
}
