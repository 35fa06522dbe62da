namespace Countersign.Carriers.Smpp;

/// <summary>
/// Lets so many through a second, first come, first served; a tenth of a second's worth at once after a rest, a second's where the process stood still. Who does not wait any longer leaves the queue and takes no turn with it. 0 for no
/// limit.
/// </summary>
sealed class SmppPacer(int perSecond, TimeProvider time) : IDisposable
{
    readonly long _interval = perSecond == 0 ? 0 : time.TimestampFrequency / perSecond;
    readonly long _burst = time.TimestampFrequency / 10;
    readonly LinkedList<TaskCompletionSource> _waiting = [];

    // When the next turn is, and what wakes whoever waits for it.
    long _next;
    ITimer? _timer;

    /// <summary>Waits for its turn; cancelled when <paramref name="ct"/> says so, which the turns of the others come earlier for.</summary>
    public Task WaitAsync(CancellationToken ct)
    {
        if (perSecond == 0)
        {
            return Task.CompletedTask;
        }

        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var place = new LinkedListNode<TaskCompletionSource>(turn);
        lock (_waiting)
        {
            if (_waiting.Count == 0)
            {
                _next = Math.Max(_next, time.GetTimestamp() - _burst);
                if (TryTakeTurn())
                {
                    return Task.CompletedTask;
                }

                WakeAtNext();
            }

            _waiting.AddLast(place);
        }

        return ct.CanBeCanceled ? WaitAsync(place, ct) : turn.Task;
    }

    public void Dispose() => _timer?.Dispose();

    async Task WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken ct)
    {
        await using var leaving = ct.UnsafeRegister(
            static (state, token) =>
            {
                var (pacer, place) = ((SmppPacer, LinkedListNode<TaskCompletionSource>))state!;
                lock (pacer._waiting)
                {
                    if (place.List is not null)
                    {
                        pacer._waiting.Remove(place);
                    }
                }

                place.Value.TrySetCanceled(token);
            },
            (this, place));
        await place.Value.Task;
    }

    void Go()
    {
        lock (_waiting)
        {
            // Where the process stood still, no more than a second's worth of what it owes goes at once.
            _next = Math.Max(_next, time.GetTimestamp() - time.TimestampFrequency);
            while (_waiting.First is { } first && TryTakeTurn())
            {
                _waiting.RemoveFirst();
                first.Value.TrySetResult();
            }

            if (_waiting.Count > 0)
            {
                WakeAtNext();
            }
        }
    }

    bool TryTakeTurn()
    {
        if (_next > time.GetTimestamp())
        {
            return false;
        }

        _next += _interval;
        return true;
    }

    void WakeAtNext()
    {
        _timer ??= time.CreateTimer(static pacer => ((SmppPacer)pacer!).Go(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        // Timers know whole milliseconds: rounded up, so as not to come just before the turn.
        var wait = Math.Ceiling((_next - time.GetTimestamp()) * 1000.0 / time.TimestampFrequency);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(wait, 0)), Timeout.InfiniteTimeSpan);
    }
}
