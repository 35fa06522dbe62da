using Countersign.Storage.Steps;

namespace Countersign.Storage.Sqlite;

/// <summary>One piece of work for the writer. Its result is published by <see cref="Complete"/>, after the commit.</summary>
abstract class WriteOperation : ICompletable
{
    /// <summary>Asks memory for what it needs; called for all of a batch before the first of them is executed.</summary>
    public virtual void Expect()
    {
    }

    /// <summary>Reads and writes on the writer's thread. What it throws must be an answer of its own, or it fails the whole batch.</summary>
    public abstract void Execute(WriteContext context);

    /// <summary>The batch is durable. Called on a thread of the pool, where whoever waits may go on at once.</summary>
    public abstract void Complete();

    /// <summary>The batch was rolled back.</summary>
    public abstract void Fail(Exception problem);
}

/// <summary>
/// What nobody waits for, and ends with a batch that it did not write in. Unlike operations it ends on the thread that synced the log, in the order of the batches, before those are answered.
/// </summary>
abstract class Follower : WriteOperation
{
    public sealed override void Execute(WriteContext context)
    {
        // Nothing to write.
    }
}

/// <summary>A function as an operation, inside a savepoint of its own.</summary>
sealed class FunctionOperation<T>(Func<WriteContext, T> function) : WriteOperation
{
    readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    T? _result;
    Exception? _problem;

    public Task<T> Task => _completion.Task;

    public override void Execute(WriteContext context)
    {
        context.Savepoint.Run();
        var mark = context.Mark();
        try
        {
            _result = function(context);
        }
        catch (Exception problem) when (problem is not SqliteFailure)
        {
            _problem = problem;
            context.UndoTo(mark);
            context.RollbackToSavepoint.Run();
        }

        context.ReleaseSavepoint.Run();
    }

    public override void Complete()
    {
        if (_problem is null)
        {
            _completion.SetResult(_result!);
        }
        else
        {
            _completion.SetException(_problem);
        }
    }

    public override void Fail(Exception problem) => _completion.SetException(problem);
}
