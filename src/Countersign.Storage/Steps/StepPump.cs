using Countersign.Core.Verifications;

namespace Countersign.Storage.Steps;

/// <summary>
/// Runs verification steps on a store that many processes share. Steps that wait together travel together: one exchange for all, while which the next batch gathers, so
/// that batches grow with the load by themselves. Nothing is locked between reading and writing: a step is decided here, on what was read, and kept only if that is still
/// what is stored (compare and set). Most starts are of destinations that have no verification yet, and most checks are of those that this node has just started: these are decided on what it supposes, and need no read at all.
/// </summary>
sealed class StepPump : IAsyncDisposable
{
    /// <summary>Steps in one exchange at most: bounds how long one holds the others up.</summary>
    const int MaxBatch = 512;

    /// <summary>Steps that may wait. One more is refused, so that the backlog never grows without end.</summary>
    const int MaxWaiting = 8192;

    /// <summary>Steps that are worth a second exchange while one is on its way. Fewer wait for it, and go together with those that come meanwhile: a batch costs as much as some twenty steps.</summary>
    const int WorthASecond = 64;

    /// <summary>
    /// When an exchange fails, those fail with it that have waited so long behind it already: what it was tried with in vain would be tried with them next, for as long again, and their callers have
    /// waited for an answer long enough.
    /// </summary>
    static readonly TimeSpan LongWait = TimeSpan.FromSeconds(2);

    /// <summary>Times that a step is decided anew because others came between. More is no contention but a fault.</summary>
    const int MaxRounds = 64;

    readonly IStepBackend _backend;
    readonly TimeProvider _time;
    readonly RecentVerifications _recent;
    readonly int _inFlight;
    readonly Lock _gate = new();

    // All of these under the gate.
    readonly Queue<StepEntry> _ready = new();
    readonly Dictionary<UInt128, Queue<StepEntry>?> _lanes = [];
    int _waiting;
    int _free;
    bool _stopping;
    Task _handedOver = Task.CompletedTask;
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StepPump(IStepBackend backend, TimeProvider time, int inFlight = InFlight)
    {
        (_backend, _time, _inFlight, _free) = (backend, time, inFlight, inFlight);
        _recent = new RecentVerifications(time);
    }

    /// <summary>Exchanges that are on their way at a time: while the store commits one, it executes the other.</summary>
    public const int InFlight = 2;

    /// <summary>Has a step decided and kept; the task ends when it is durable.</summary>
    /// <exception cref="StoreOverloadedException">Too many wait already.</exception>
    public Task ApplyAsync(VerificationStep step, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (Volatile.Read(ref _waiting) >= MaxWaiting)
        {
            throw new StoreOverloadedException();
        }

        // On the caller's thread: deciding and sealing cost more than sending, and callers have all cores.
        var entry = new StepEntry(step) { WaitsSince = _time.GetTimestamp() };
        if (entry.TrySuppose(step.VerificationSid is null ? _recent.Find(entry.Key) : null, _time.GetUtcNow()))
        {
            _backend.Prepare(entry);
        }

        lock (_gate)
        {
            if (_stopping)
            {
                throw new StoreUnavailableException("The store is closed.");
            }

            _waiting++;
            if (_lanes.TryGetValue(entry.Lane, out var behind))
            {
                _lanes[entry.Lane] = behind ??= new Queue<StepEntry>();
                behind.Enqueue(entry);
                return entry.Task;
            }

            _lanes[entry.Lane] = null;
            _ready.Enqueue(entry);
        }

        SendNext();
        return entry.Task;
    }

    /// <summary>Takes no more, and waits until what was taken is done.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            if (_waiting == 0)
            {
                _drained.TrySetResult();
            }
        }

        await _drained.Task;
        _recent.Dispose();
    }

    /// <summary>Sends what is ready, if an exchange is free to take it.</summary>
    void SendNext()
    {
        List<StepEntry> batch;
        TaskCompletionSource handedOver;
        Task before;
        lock (_gate)
        {
            if (_free == 0 || _ready.Count == 0 || (_free < _inFlight && _ready.Count < WorthASecond))
            {
                return;
            }

            _free--;
            batch = new List<StepEntry>(Math.Min(_ready.Count, MaxBatch));
            while (batch.Count < MaxBatch && _ready.TryDequeue(out var entry))
            {
                batch.Add(entry);
            }

            _backend.Reserve(batch);
            before = _handedOver;
            handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _handedOver = handedOver.Task;
        }

        _ = ExchangeAsync(batch, before, handedOver);
    }

    async Task ExchangeAsync(List<StepEntry> batch, Task before, TaskCompletionSource handedOver)
    {
        var kept = false;
        StoreUnavailableException? failure = null;
        var again = new HashSet<StepEntry>();
        try
        {
            await _backend.ExchangeAsync(batch);
            kept = true;
        }
        catch (Exception problem)
        {
            failure = problem as StoreUnavailableException ?? new StoreUnavailableException(problem.GetType().Name, problem);
            Fail(batch, failure);
        }

        if (kept)
        {
            // Messages go to the dispatcher in the order of the batches, whichever exchange was the faster.
            await before;
            kept = TryHandOver(batch);
        }

        handedOver.SetResult();
        if (kept)
        {
            TrySettle(batch, again);
        }

        lock (_gate)
        {
            _free++;
            foreach (var entry in batch)
            {
                Release(entry, again);
            }

            if (failure is not null)
            {
                FailLongWaiting(batch, failure);
            }
        }

        SendNext();
        SendNext();
        if (again.Count > 0)
        {
            batch.RemoveAll(again.Contains);
        }

        Completions.Start(batch);
    }

    void Fail(List<StepEntry> batch, StoreUnavailableException failure)
    {
        foreach (var entry in batch)
        {
            entry.Fail(failure);
            Forget(entry);
        }
    }

    /// <summary>Adds to a batch that failed those that wait since long, and those behind them in turn. Under the gate.</summary>
    void FailLongWaiting(List<StepEntry> failed, StoreUnavailableException failure)
    {
        for (var left = _ready.Count; left > 0; left--)
        {
            var entry = _ready.Dequeue();
            if (_time.GetElapsedTime(entry.WaitsSince) < LongWait)
            {
                _ready.Enqueue(entry);
                continue;
            }

            var before = _ready.Count;
            entry.Fail(failure);
            failed.Add(entry);
            Release(entry, []);
            left += _ready.Count - before;
        }
    }

    bool TryHandOver(List<StepEntry> batch)
    {
        try
        {
            _backend.HandOver(batch);
            return true;
        }
        catch (Exception problem)
        {
            // What was kept is there, and its callers may ask again. Whoever comes after them must not wait for ever.
            Fail(batch, new StoreUnavailableException(problem.GetType().Name, problem));
            return false;
        }
    }

    void TrySettle(List<StepEntry> batch, HashSet<StepEntry> again)
    {
        try
        {
            Settle(batch, again);
        }
        catch (Exception problem)
        {
            // A fault of ours. Whoever waits is told, but for those whose change was kept, and what comes after them goes on.
            again.Clear();
            Fail(batch.FindAll(entry => entry is not { Phase: StepPhase.Write, Kept: true, Problem: null }), new StoreUnavailableException(problem.GetType().Name, problem));
            batch.ForEach(Forget);
        }
    }

    /// <summary>Decides what was read, and finds the entries that go into another batch; all others have ended.</summary>
    void Settle(List<StepEntry> batch, HashSet<StepEntry> again)
    {
        foreach (var entry in batch)
        {
            if (entry.Problem is { } problem)
            {
                entry.Fail(problem);
                Forget(entry);
            }
            else if (entry.Phase == StepPhase.Write)
            {
                if (entry.Kept)
                {
                    Remember(entry);
                    continue;
                }

                Forget(entry);
                if (++entry.Rounds > MaxRounds)
                {
                    entry.Fail(new StoreUnavailableException("Others always came between."));
                    continue;
                }

                if (!entry.IsCurrent)
                {
                    entry.ReadAgain();
                    again.Add(entry);
                }
                else if (entry.Decide(_time.GetUtcNow()) && TryPrepare(entry))
                {
                    again.Add(entry);
                }
            }
            else if (entry.Decide(_time.GetUtcNow()) && TryPrepare(entry))
            {
                again.Add(entry);
            }
        }
    }

    void Remember(StepEntry entry)
    {
        if (entry.After is { } after && entry.Step.VerificationSid is null)
        {
            _recent.Put(entry.Key, after);
        }
    }

    void Forget(StepEntry entry)
    {
        if (entry.Step.VerificationSid is null)
        {
            _recent.Forget(entry.Key);
        }
    }

    bool TryPrepare(StepEntry entry)
    {
        try
        {
            _backend.Prepare(entry);
            return true;
        }
        catch (Exception problem)
        {
            // One that cannot be written must not hold up the others.
            entry.Fail(problem);
            return false;
        }
    }

    void Release(StepEntry entry, HashSet<StepEntry> again)
    {
        if (again.Contains(entry))
        {
            _ready.Enqueue(entry);
            return;
        }

        _waiting--;
        if (_lanes[entry.Lane] is { } behind && behind.TryDequeue(out var next))
        {
            // What it supposed, or was decided on, has most likely been changed by the one before.
            next.ReadAgain();
            _ready.Enqueue(next);
        }
        else
        {
            _lanes.Remove(entry.Lane);
        }

        if (_stopping && _waiting == 0)
        {
            _drained.TrySetResult();
        }
    }
}
