using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Brings what was committed to the disk, and then lets it be answered: nobody is told of a commit before the log that has it was synced. The sync runs on a thread of its own, so that the
/// writer works on the next batch meanwhile; it hands that one over only when this one is on the disk, so that no more than one batch is ever ahead of the disk, and all are answered in order.
/// </summary>
/// <remarks>
/// SQLite itself would sync within the commit (synchronous=FULL), with the writer standing still. With NORMAL, to which this sets the writer's connection, it still syncs the log's header and whatever a
/// checkpoint needs, so that the file stays whole; what a commit promises is ours to keep.
/// </remarks>
sealed class LogSync : IDisposable
{
    const int RewriteBytes = 1 << 20;

    readonly WriteContext _context;
    readonly Action<SafeFileHandle> _sync;
    readonly AutoResetEvent _idle = new(true);
    readonly AutoResetEvent _work = new(false);
    readonly SafeFileHandle _log;
    readonly Thread _thread;
    List<WriteOperation> _batch = [];
    volatile bool _failed;
    volatile bool _stopping;
    int _written;

    /// <param name="path">The database file.</param>
    /// <param name="context">The writer's.</param>
    /// <param name="sync">Makes what was written to the log durable; null for the operating system's own.</param>
    public LogSync(string path, WriteContext context, Action<SafeFileHandle>? sync = null)
    {
        (_context, _sync) = (context, sync ?? FileSync.Run);
        Sqlite.Check(context.Handle, raw.sqlite3_exec(context.Handle, "PRAGMA synchronous = NORMAL"));
        _written = _context.PagesWritten;

        // SQLite has the log open for as long as the connection lives, so that the file at this path stays the same one (FilePresence).
        _log = File.OpenHandle(path + "-wal", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _thread = new Thread(Run) { IsBackground = true, Name = "countersign sqlite sync" };
        _thread.Start();
    }

    /// <summary>
    /// Answers a committed batch once it is on the disk. Returns an empty list for the next batch, maybe this one. Waits while the batch before is still on its way.
    /// On the writer's thread.
    /// </summary>
    /// <param name="batch">In the order of the commit.</param>
    /// <param name="isLast">Nobody waits behind it: then the writer may as well wait for the disk itself, which saves a hand-over.</param>
    public List<WriteOperation> Hand(List<WriteOperation> batch, bool isLast)
    {
        var written = _context.PagesWritten;
        var isWritten = written != _written;
        _written = written;

        _idle.WaitOne();
        if (isLast || !isWritten)
        {
            Finish(batch, isWritten);
            _idle.Set();
            return batch;
        }

        (batch, _batch) = (_batch, batch);
        _work.Set();
        return batch;
    }

    /// <summary>Somebody was told that the disk did not keep a batch, and it is not whole yet.</summary>
    public bool HasGap => _failed;

    /// <summary>
    /// After a sync that failed, what was written to the log may be missing on the disk, in the midst of it, whatever later syncs say: the system tells of such a failure once. So nothing more is committed
    /// behind it until all of the log was written again, as it is in memory, and synced. On the writer's thread, outside a transaction.
    /// </summary>
    /// <exception cref="StoreUnavailableException">That fails too.</exception>
    public void Heal()
    {
        if (!_failed)
        {
            return;
        }

        _idle.WaitOne();
        _idle.Set();
        try
        {
            var bytes = new byte[RewriteBytes];
            for (long at = 0; RandomAccess.Read(_log, bytes, at) is > 0 and var read; at += read)
            {
                RandomAccess.Write(_log, bytes.AsSpan(0, read), at);
            }

            _sync(_log);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException("The disk did not keep what was written, and does not take it again.", problem);
        }

        _failed = false;
    }

    /// <summary>Waits for what is on its way.</summary>
    public void Dispose()
    {
        _idle.WaitOne();
        _stopping = true;
        _work.Set();
        _thread.Join();
        _log.Dispose();
        _idle.Dispose();
        _work.Dispose();
    }

    void Run()
    {
        while (true)
        {
            _work.WaitOne();
            if (_stopping)
            {
                return;
            }

            Finish(_batch, isWritten: true);
            _idle.Set();
        }
    }

    void Finish(List<WriteOperation> batch, bool isWritten)
    {
        try
        {
            if (isWritten && !_failed)
            {
                _sync(_log);
            }
        }
        catch (Exception)
        {
            _failed = true;
        }

        // Also those that wrote nothing: what they read may be what is missing.
        if (_failed)
        {
            var failure = new StoreUnavailableException("The disk did not keep what was written.");
            foreach (var operation in batch)
            {
                operation.Fail(failure);
            }
        }
        else
        {
            // Followers are the last of a batch.
            var answers = batch.Count;
            while (answers > 0 && batch[answers - 1] is Follower)
            {
                answers--;
            }

            for (var i = answers; i < batch.Count; i++)
            {
                batch[i].Complete();
            }

            batch.RemoveRange(answers, batch.Count - answers);
            Completions.Start(batch);
        }

        batch.Clear();
    }
}
