using Countersign.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>What operations see of the writer: its connection, its clock, and what must be undone or announced with the batch.</summary>
sealed partial class WriteContext : IDisposable
{
    const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE

    readonly SqliteConnection _connection;
    readonly ILogger _logger;
    readonly List<Statement> _statements = [];
    readonly List<Action> _undo = [];
    readonly List<Action> _announce = [];
    readonly List<Follower> _followers = [];

    /// <param name="connection">Disposed of with this.</param>
    /// <param name="logger">Is told of rows that are damaged.</param>
    public WriteContext(SqliteConnection connection, ILogger? logger = null)
    {
        (_connection, _logger) = (connection, logger ?? NullLogger.Instance);
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

    /// <summary>
    /// Reads the rows of a statement, whose first column is their position. One that is damaged fails alone: nobody will ever be able to use it, so it is told of and taken out, and holds up none behind it.
    /// </summary>
    /// <param name="topic">What such a row is called in the log.</param>
    /// <param name="bound">The statement.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="takeOut">Removes the row at a position.</param>
    public List<T> ReadWaiting<T>(string topic, Statement bound, Func<Statement, T> read, Action<long> takeOut)
    {
        var rows = new List<T>();
        List<long>? damaged = null;
        while (bound.Read())
        {
            try
            {
                rows.Add(read(bound));
            }
            catch (Exception problem) when (problem is not SqliteFailure)
            {
                (damaged ??= []).Add(bound.Long(0));
                LogDamaged(topic, $"{bound.Long(0)}", problem.GetType().Name);
            }
        }

        damaged?.ForEach(takeOut);
        return rows;
    }

    /// <summary>Runs when the batch is rolled back, or the function that said so alone: puts memory that follows the file back as it was.</summary>
    public void OnUndo(Action action) => _undo.Add(action);

    /// <summary>Runs on the writer's thread right after the commit, which is not on the disk yet, unless the function that said so was taken back: for memory that follows the file, and for nothing that anybody else acts on.</summary>
    public void OnCommit(Action action) => _announce.Add(action);

    /// <summary>Where an operation begins that may be taken back alone (<see cref="UndoTo"/>).</summary>
    public (int Undo, int Announce, int Followers) Mark() => (_undo.Count, _announce.Count, _followers.Count);

    /// <summary>Takes back what came to memory since the mark, and forgets what was to follow it. Statements that are bound in part or in the midst of rows begin anew.</summary>
    public void UndoTo((int Undo, int Announce, int Followers) mark)
    {
        for (var i = _undo.Count - 1; i >= mark.Undo; i--)
        {
            _undo[i]();
        }

        _undo.RemoveRange(mark.Undo, _undo.Count - mark.Undo);
        _announce.RemoveRange(mark.Announce, _announce.Count - mark.Announce);
        _followers.RemoveRange(mark.Followers, _followers.Count - mark.Followers);
        foreach (var statement in _statements)
        {
            statement.ResetIfLeft();
        }
    }

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
        UndoTo(default);
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    [LoggerMessage(3106, LogLevel.Error, "{Verification} is damaged ({Problem}): what became of its message is told without what is known of it")]
    public partial void LogUntold(Sid verification, string problem);

    [LoggerMessage(3105, LogLevel.Error, "{Topic} {Row} is dropped: its row is damaged ({Problem})")]
    public partial void LogDamaged(string topic, string row, string problem);
}
