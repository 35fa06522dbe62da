using System.Collections.Concurrent;
using Countersign.Core.Verifications;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// The one writer of the file. Operations that wait together are committed together: one transaction, and so one fsync, for the whole batch; each is
/// answered only once the commit is on the disk (<see cref="LogSync"/>). While a batch is on its way there the next one gathers and is worked on, so the batch grows with the load by itself.
/// </summary>
sealed class GroupCommit : IDisposable
{
    /// <summary>Operations in one transaction at most: bounds how long a commit holds the others up.</summary>
    const int MaxBatch = 1024;

    /// <summary>Operations that may wait: about half a second of work. One more is refused, so that the backlog never grows without end.</summary>
    const int MaxWaiting = 8192;

    readonly ConcurrentQueue<WriteOperation> _queue = new();
    readonly AutoResetEvent _wake = new(false);
    readonly WriteContext _context;
    readonly LogSync _log;
    readonly TimeProvider _time;
    readonly Statement _begin;
    readonly Statement _commit;
    readonly Statement _rollback;
    readonly Thread _thread;
    Action? _beforeCommit;
    Action? _afterCommit;
    int _waiting;
    int _asleep;
    volatile bool _stopping;
    volatile bool _stopped;

    /// <param name="context">The writer's connection.</param>
    /// <param name="log">Disposed of with this.</param>
    /// <param name="time">The clock of the batches.</param>
    public GroupCommit(WriteContext context, LogSync log, TimeProvider time)
    {
        (_context, _log) = (context, log);
        _time = time;
        _begin = context.Prepare("BEGIN IMMEDIATE");
        _commit = context.Prepare("COMMIT");
        _rollback = context.Prepare("ROLLBACK");
        _thread = new Thread(Run) { IsBackground = true, Name = "countersign sqlite writer" };
        _thread.Start();
    }

    /// <summary>Adds to what the writer does at the end of each transaction; what it throws undoes the batch.</summary>
    public void BeforeCommit(Action action) => _beforeCommit += action;

    /// <summary>Sets what the writer does between two batches.</summary>
    public void AfterCommit(Action action) => _afterCommit = action;

    /// <summary>Queues an operation; its task ends after the commit.</summary>
    /// <exception cref="StoreOverloadedException">Too many wait already.</exception>
    public void Enqueue(WriteOperation operation)
    {
        if (_stopping || Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new StoreOverloadedException();
        }

        _queue.Enqueue(operation);
        if (_stopped)
        {
            FailWhatWaits();
        }

        // A sleeping writer is woken by the first that sees it asleep; a busy one needs no system call.
        if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1)
        {
            _wake.Set();
        }
    }

    /// <summary>Runs a function inside the writer's next transaction; what it throws undoes what it wrote, and nothing else.</summary>
    public Task<T> RunAsync<T>(Func<WriteContext, T> function)
    {
        var operation = new FunctionOperation<T>(function);
        Enqueue(operation);
        return operation.Task;
    }

    /// <summary>Commits what waits, then stops.</summary>
    public void Dispose()
    {
        _stopping = true;
        Interlocked.Exchange(ref _asleep, 0);
        _wake.Set();
        _thread.Join();
        _log.Dispose();
        _wake.Dispose();
    }

    void Run()
    {
        var batch = new List<WriteOperation>(MaxBatch);
        while (true)
        {
            while (batch.Count < MaxBatch && _queue.TryDequeue(out var operation))
            {
                batch.Add(operation);
            }

            if (batch.Count == 0)
            {
                if (_stopping)
                {
                    _stopped = true;
                    FailWhatWaits();
                    return;
                }

                Interlocked.Exchange(ref _asleep, 1);
                if (_queue.IsEmpty && !_stopping)
                {
                    _wake.WaitOne();
                }

                Interlocked.Exchange(ref _asleep, 0);
                continue;
            }

            Interlocked.Add(ref _waiting, -batch.Count);
            if (TryCommit(batch))
            {
                batch = _log.Hand(batch, isLast: _queue.IsEmpty);
                if (!_log.HasGap)
                {
                    _afterCommit?.Invoke();
                }
            }

            batch.Clear();
        }
    }

    /// <summary>Whoever came too late is told, instead of waiting for ever.</summary>
    void FailWhatWaits()
    {
        while (_queue.TryDequeue(out var operation))
        {
            operation.Fail(new StoreUnavailableException("The store is closed."));
        }
    }

    bool TryCommit(List<WriteOperation> batch)
    {
        try
        {
            _log.Heal();
            _context.BeginBatch(_time.GetUtcNow());
            foreach (var operation in batch)
            {
                operation.Expect();
            }

            _begin.Run();
            foreach (var operation in batch)
            {
                operation.Execute(_context);
            }

            _beforeCommit?.Invoke();
            _commit.Run();
        }
        catch (Exception problem)
        {
            // Whatever it was, nothing of the batch was kept, everyone who waits is told, and the writer lives on.
            Undo();
            var failure = problem as StoreUnavailableException ?? new StoreUnavailableException(problem is SqliteFailure ? problem.Message : problem.GetType().Name, problem);
            foreach (var operation in batch)
            {
                operation.Fail(failure);
            }

            return false;
        }

        _context.EndBatch(batch);
        return true;
    }

    void Undo()
    {
        _context.UndoBatch();
        if (raw.sqlite3_get_autocommit(_context.Handle) == 0)
        {
            try
            {
                _rollback.Run();
            }
            catch (SqliteFailure)
            {
                // Note: after a full disk or an I/O error SQLite has rolled back by itself.
            }
        }
    }
}
