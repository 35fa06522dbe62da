namespace Countersign.Storage;

/// <summary>Wakes whoever waits for events, once for however many were kept.</summary>
sealed class EventSignal
{
    readonly TimeProvider _time;
    volatile TaskCompletionSource _next = New();
    Task _waited;

    public EventSignal(TimeProvider time) => (_time, _waited) = (time, _next.Task);

    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits for the signal, for so long at most. What came since the last wait ended counts: whoever looks and then waits misses nothing. One caller at a time.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        var waited = _waited;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(waited, Task.Delay(atMost, _time, ended.Token));
        await ended.CancelAsync();
        _waited = _next.Task;
        ct.ThrowIfCancellationRequested();
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
