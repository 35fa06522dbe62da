using System.Collections.Concurrent;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Simulator;

/// <summary>A clock that stands still, and tells when somebody has begun to wait: a test that advanced it before would wait for ever, or outrun a real answer's time limit.</summary>
sealed class WatchedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    readonly ConcurrentDictionary<TimeSpan, TaskCompletionSource> _begun = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Begun(dueTime).TrySetResult();
        return timer;
    }

    /// <summary>Passes over a wait of exactly that length, the first of its kind, once it has begun.</summary>
    public async Task PassAsync(TimeSpan wait)
    {
        await Begun(wait).Task.WaitAsync(RunningServer.Patience);
        Advance(wait);
    }

    TaskCompletionSource Begun(TimeSpan wait) => _begun.GetOrAdd(wait, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
