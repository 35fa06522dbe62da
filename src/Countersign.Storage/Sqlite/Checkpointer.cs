using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Writes the log back into the file. The log may grow to 64 MiB first, so that a page that a hundred batches touched is written back once. The bulk is copied by a
/// thread and connection of its own while the writer goes on; the little that came meanwhile the writer copies itself, between two batches, and
/// then starts the log from the beginning. Left to SQLite, either the writer would stand still for the bulk or, under steady load, the log would never end.
/// </summary>
sealed class Checkpointer : IDisposable
{
    const int PagesBeforeCheckpoint = 16_384;
    const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE

    readonly SqliteConnection _connection;
    readonly sqlite3 _writer;
    readonly AutoResetEvent _wake = new(false);
    readonly Thread _thread;
    volatile State _state;
    volatile bool _stopping;
    int _pagesBefore;

    public Checkpointer(string path, WriteContext context)
    {
        _connection = SqliteFile.Open(path);
        _writer = context.Handle;
        _thread = new Thread(Run) { IsBackground = true, Name = "countersign sqlite checkpoint" };
        _thread.Start();
    }

    enum State
    {
        Idle,
        Copying,
        Copied,
    }

    /// <summary>On the writer's thread, after each commit.</summary>
    public void AfterCommit()
    {
        switch (_state)
        {
            case State.Idle when PagesWritten() >= PagesBeforeCheckpoint:
                _state = State.Copying;
                _wake.Set();
                break;

            case State.Copied:
                Copy(_writer);
                _pagesBefore += PagesWritten();
                _state = State.Idle;
                break;
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        _thread.Join();
        _connection.Dispose();
        _wake.Dispose();
    }

    /// <summary>Pages that the writer's connection has written to the log since the log began.</summary>
    int PagesWritten()
    {
        Sqlite.Check(_writer, raw.sqlite3_db_status(_writer, CacheWrite, out var pages, out _, 0));
        // SQLite gives the low 31 bits of its count, so that it begins again at zero.
        return (pages - _pagesBefore) & 0x7fffffff;
    }

    void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            if (_stopping)
            {
                return;
            }

            Copy(_connection.Handle!);
            _state = State.Copied;
        }
    }

    /// <summary>Copies what can be copied now. A failure (a full disk) leaves the log as it is, and the next round tries again.</summary>
    static void Copy(sqlite3 connection) => raw.sqlite3_wal_checkpoint_v2(connection, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
}
