using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Writes the log back into the file. The log may grow to 16 MiB first, so that a page that many batches touched is written back once. The bulk is copied by a
/// thread and connection of its own while the writer goes on, then what came meanwhile, until a round is short; the little that is left the writer copies itself, between two batches, and
/// then starts the log from the beginning. Left to SQLite, either the writer would stand still for the bulk or, under steady load, the log would never end.
/// </summary>
sealed class Checkpointer : IDisposable
{
    const int PagesBeforeCheckpoint = 4_096;
    const int MaxRounds = 5;
    /// <summary>A round that takes no longer leaves the writer about as little.</summary>
    static readonly TimeSpan ShortRound = TimeSpan.FromMilliseconds(4);

    readonly SqliteConnection _connection;
    readonly WriteContext _writer;
    readonly AutoResetEvent _wake = new(false);
    readonly Thread _thread;
    volatile State _state;
    volatile bool _stopping;
    int _pagesBefore;

    public Checkpointer(string path, WriteContext context)
    {
        _connection = SqliteFile.Open(path);
        _writer = context;
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
                Copy(_writer.Handle);
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
    int PagesWritten() => (_writer.PagesWritten - _pagesBefore) & 0x7fffffff;

    void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            if (_stopping)
            {
                return;
            }

            for (var round = 0; round < MaxRounds; round++)
            {
                var began = Stopwatch.GetTimestamp();
                Copy(_connection.Handle!);
                if (Stopwatch.GetElapsedTime(began) <= ShortRound)
                {
                    break;
                }
            }

            _state = State.Copied;
        }
    }

    /// <summary>Copies what can be copied now. A failure (a full disk) leaves the log as it is, and the next round tries again.</summary>
    static void Copy(sqlite3 connection) => raw.sqlite3_wal_checkpoint_v2(connection, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
}
