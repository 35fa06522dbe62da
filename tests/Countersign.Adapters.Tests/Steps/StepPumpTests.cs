using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Steps;

/// <summary>Who waits behind exchanges that a store does not answer.</summary>
public sealed class StepPumpTests
{
    readonly FakeTimeProvider _time = new(Desk.Opening);
    readonly Silent _store = new();

    [Fact]
    public async Task Who_has_waited_long_behind_an_exchange_that_fails_fails_with_it_and_who_came_later_does_not()
    {
        await using var pump = new StepPump(_store, _time);
        var first = Apply(pump, 1);
        var second = Apply(pump, 2);
        var behindSecond = Apply(pump, 2);
        _time.Advance(TimeSpan.FromSeconds(3));
        var behindBoth = Apply(pump, 2);
        var late = Apply(pump, 3);
        Assert.Equal([1], _store.Sizes);

        _store.Answer(new StoreUnavailableException("It does not answer."));

        foreach (var old in (Task[])[first, second, behindSecond])
            await Assert.ThrowsAsync<StoreUnavailableException>(() => old);
        await _store.NextAsync(2);
        Assert.False(behindBoth.IsCompleted || late.IsCompleted);
        _store.Answer();
        await late;

        // What it was decided on had perhaps changed: it was read, and is written now.
        await _store.NextAsync(3);
        _store.Answer();
        await behindBoth;
        Assert.Equal([1, 2, 1], _store.Sizes);
    }

    [Fact]
    public async Task Where_an_exchange_succeeds_nobody_has_waited_too_long()
    {
        await using var pump = new StepPump(_store, _time);
        var first = Apply(pump, 1);
        var second = Apply(pump, 2);
        _time.Advance(TimeSpan.FromMinutes(1));

        _store.Answer();
        await first;
        await _store.NextAsync(2);
        _store.Answer();
        await second;
    }

    static Task Apply(StepPump pump, int number) => pump.ApplyAsync(
        new RecordedStep((_, now) => new StepDecision(Given.Verification(number, now))) { ServiceSid = Given.Service, Destination = Given.Destination(number) }, CancellationToken.None);

    /// <summary>A store that answers when the test says so.</summary>
    sealed class Silent : IStepBackend
    {
        readonly Lock _gate = new();
        readonly List<int> _sizes = [];
        TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Entries of each exchange so far.</summary>
        public int[] Sizes
        {
            get
            {
                lock (_gate)
                    return [.. _sizes];
            }
        }

        public void Answer(Exception? problem = null)
        {
            TaskCompletionSource answer;
            lock (_gate)
                (answer, _answer) = (_answer, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (problem is null)
                answer.SetResult();
            else
                answer.SetException(problem);
        }

        /// <summary>Ends when that many exchanges have begun.</summary>
        public async Task NextAsync(int exchanges)
        {
            while (Sizes.Length < exchanges)
                await _asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        }

        public void Prepare(StepEntry entry)
        {
        }

        public void Reserve(IReadOnlyList<StepEntry> entries)
        {
        }

        public async Task ExchangeAsync(IReadOnlyList<StepEntry> entries)
        {
            Task answer;
            lock (_gate)
            {
                _sizes.Add(entries.Count);
                answer = _answer.Task;
                var asked = _asked;
                _asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                asked.SetResult();
            }

            await answer;
            foreach (var entry in entries)
                entry.Kept = entry.Phase == StepPhase.Write;
        }

        public void HandOver(IReadOnlyList<StepEntry> entries)
        {
        }
    }
}
