using Countersign.Core.Verifications;

namespace Countersign.Storage.Steps;

/// <summary>
/// Calls that wait together are made as one. While one runs the next gathers, so that calls of one item each, as slow carriers make them, cost no commit each.
/// </summary>
sealed class Gathered<TItem, TResult>(Func<IReadOnlyList<TItem>, Task<TResult>> run)
{
    const int MaxItems = 1024;

    readonly Lock _gate = new();
    readonly Queue<(IReadOnlyList<TItem> Items, TaskCompletionSource<TResult> Done)> _queue = new();
    bool _running;

    /// <summary>Has the items done, with those of others; the result is that of all of them.</summary>
    public Task<TResult> RunAsync(IReadOnlyList<TItem> items)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _queue.Enqueue((items, done));
            if (_running)
            {
                return done.Task;
            }

            _running = true;
        }

        _ = RunOnAsync();
        return done.Task;
    }

    async Task RunOnAsync()
    {
        while (true)
        {
            var calls = new List<TaskCompletionSource<TResult>>();
            var items = new List<TItem>();
            lock (_gate)
            {
                while (_queue.TryPeek(out var next) && (items.Count == 0 || items.Count + next.Items.Count <= MaxItems))
                {
                    _queue.Dequeue();
                    items.AddRange(next.Items);
                    calls.Add(next.Done);
                }

                if (calls.Count == 0)
                {
                    _running = false;
                    return;
                }
            }

            try
            {
                var result = await run(items);
                calls.ForEach(call => call.SetResult(result));
            }
            catch (Exception problem)
            {
                var failure = problem as StoreUnavailableException ?? new StoreUnavailableException(problem.GetType().Name, problem);
                calls.ForEach(call => call.SetException(failure));
            }
        }
    }
}
