namespace Countersign.Storage;

/// <summary>Wakes whoever waits for events, once for however many were kept.</summary>
sealed class EventSignal
{
    volatile TaskCompletionSource _next = New();

    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits from now on, for so long at most. What was kept just before is not noticed: whoever looks first and then waits passes the wait that it began before it looked.</summary>
    public Task Next => _next.Task;

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
