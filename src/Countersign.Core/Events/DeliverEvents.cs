using System.Collections.Concurrent;
using Countersign.Core.Accounts;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Events;

/// <summary>
/// Takes events that are due to their receivers. Each receiver has its own few requests at a time, so that one that is slow or gone holds up nobody but itself. An event that was
/// not taken comes again with growing pauses, for a day and some times at least; then it is dead, and an operator can have it tried again.
/// </summary>
public sealed partial class DeliverEvents(
    IEventStore store, Subscriptions subscriptions, HealthOfReceivers health, IEventSender sender, EventOptions options, TimeProvider time, RandomSource random,
    ILogger<DeliverEvents> logger)
{
    /// <summary>Requests at a time, of all receivers.</summary>
    const int MaxUnderWay = 512;

    /// <summary>Of those, the receivers of one account.</summary>
    const int MaxOfAccount = 128;

    /// <summary>Receivers with something waiting that the store looks at in one step.</summary>
    const int LookedAtOnce = 256;

    /// <summary>Bytes of an event's envelope in a batch, about.</summary>
    const int EnvelopeBytes = 512;

    /// <summary>Tries after which an event that its receiver refuses in every batch is sent alone: whichever of them is at fault, the others are taken.</summary>
    const int AloneAfter = RetrySchedule.LeastTries;

    readonly AccountShares _shares = new();
    readonly ConcurrentDictionary<Task, byte> _running = new();
    volatile TaskCompletionSource _room = NewRoom();
    Task _waited = Task.CompletedTask;
    volatile bool _wantsRoom;
    Sid _after;
    int _underWay;

    /// <summary>Requests that are on their way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Claims what may be sent now and starts it. True when there may be more at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        health.ForgetRemoved();
        if (subscriptions.Enabled.Count == 0)
        {
            return false;
        }

        // A request that ends from here on makes room that this look has not seen.
        _waited = _room.Task;
        _wantsRoom = false;
        Sid? passedOver = null;
        var (after, isSecondHalf, claimed) = (_after, false, 0);
        while (true)
        {
            // Receivers stand in a ring, by their SIDs: from where this look begins to the last, then from the first to there.
            var due = await store.DueAsync(after, LookedAtOnce, ct);
            var wanted = Wanted(isSecondHalf ? due.Receivers.Where(receiver => receiver.Value <= _after.Value) : due.Receivers, after, ref passedOver);
            if (wanted.Count > 0)
            {
                claimed += await ClaimAsync(wanted, ct);
            }

            if (UnderWay >= MaxUnderWay)
            {
                // Whoever comes behind is passed over as well, if nobody was before.
                (_wantsRoom, passedOver) = (true, passedOver ?? due.Next ?? default(Sid));
                break;
            }

            if (due.Next is { } next && !(isSecondHalf && next.Value >= _after.Value))
            {
                after = next;
            }
            else if (!isSecondHalf && _after.Value != 0)
            {
                (after, isSecondHalf) = (default, true);
            }
            else
            {
                break;
            }
        }

        // The next look begins with the first that there was no room for: where there is not room for all, each has its turn.
        _after = passedOver ?? _after;
        return claimed > 0;
    }

    /// <summary>
    /// Those that may be sent something, with how much: as many as there is room for if each has all that it may have. <paramref name="passedOver"/> becomes the one behind which the
    /// first stands that there is no room for.
    /// </summary>
    List<(Sid Receiver, int Most)> Wanted(IEnumerable<Sid> due, Sid after, ref Sid? passedOver)
    {
        var (now, room) = (time.GetUtcNow(), MaxUnderWay - UnderWay);
        var wanted = new List<(Sid Receiver, int Most)>();
        var ofAccount = new Dictionary<Sid, int>();
        foreach (var sid in due)
        {
            var before = after;
            after = sid;
            if (subscriptions.Find(sid) is not { IsEnabled: true } receiver || !subscriptions.IsActive(receiver.AccountSid) || health.PausedUntil(sid, now) is not null)
            {
                continue;
            }

            var free = health.Of(sid).Free(now);
            var share = ofAccount.TryGetValue(receiver.AccountSid, out var count) ? count : _shares.Of(receiver.AccountSid);
            var requests = Math.Min(Math.Min(free, receiver is EventSink ? 1 : free), Math.Min(room, MaxOfAccount - share));
            if (requests > 0)
            {
                wanted.Add((sid, receiver is EventSink ? health.Of(sid).Batch : requests));
                ofAccount[receiver.AccountSid] = share + requests;
                room -= requests;
                continue;
            }

            // It has as many requests as it may have, or its account or all have.
            _wantsRoom = true;
            if (free > 0)
            {
                passedOver ??= before;
            }
        }

        return wanted;
    }

    /// <summary>Claims events of these receivers and starts them; how many there were.</summary>
    async Task<int> ClaimAsync(List<(Sid Receiver, int Most)> wanted, CancellationToken ct)
    {
        var claimed = await store.ClaimAsync(wanted, ct);
        var left = new List<EventEntry>();
        foreach (var group in claimed.GroupBy(entry => entry.Receiver))
        {
            if (subscriptions.Find(group.Key) is not { } receiver)
            {
                // Removed since; its events go with it.
                continue;
            }

            if (receiver is EventSink)
            {
                var batch = BatchOf(group);
                Start(receiver, batch, ct);
                left.AddRange(group.Skip(batch.Length));
                continue;
            }

            foreach (var entry in group)
            {
                Start(receiver, [entry], ct);
            }
        }

        if (left.Count > 0)
        {
            // The next look claims them, for a request of their own.
            await store.SettleAsync([.. left.Select(entry => (entry, EventOutcome.Untried))], CancellationToken.None);
        }

        return claimed.Count;
    }

    /// <summary>What goes into one request to a sink, of what was claimed for it: the first that have room, one at least; or one alone that was refused in every batch.</summary>
    static EventEntry[] BatchOf(IEnumerable<EventEntry> claimed)
    {
        var batch = new List<EventEntry>();
        var bytes = 0;
        foreach (var entry in claimed)
        {
            var isAlone = entry.Tries >= AloneAfter && EventProblems.IsOfTheBody(entry.Problem);
            bytes += entry.Data.Length + EnvelopeBytes;
            if (batch.Count > 0 && (isAlone || bytes > EventSink.MaxBatchBytes))
            {
                break;
            }

            batch.Add(entry);
            if (isAlone)
            {
                break;
            }
        }

        return [.. batch];
    }

    /// <summary>Waits until there may be something to do: events were kept, a receiver that had as many requests as it may has room again, or so long.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var kept = store.WaitAsync(atMost, enough.Token);
        await (_wantsRoom ? Task.WhenAny(kept, _waited) : Task.WhenAny(kept));
        await enough.CancelAsync();
        await kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until what was started has ended.</summary>
    public Task SettledAsync() => Task.WhenAll(_running.Keys);

    void Start(EventReceiver receiver, EventEntry[] batch, CancellationToken ct)
    {
        var own = health.Of(receiver.Sid);
        own.Begin();
        _shares.Begin(receiver.AccountSid);
        Interlocked.Increment(ref _underWay);
        var task = SendAsync(receiver, own, batch, ct);
        _running[task] = 0;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    async Task SendAsync(EventReceiver receiver, ReceiverHealth own, EventEntry[] batch, CancellationToken ct)
    {
        // Off the thread that hands out the work.
        await Task.Yield();
        var result = new SendEventsResult("internal_error");
        try
        {
            result = await sender.SendAsync(receiver, batch, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The server stops: what was claimed is due again when the claim is over.
            result = new SendEventsResult("stopped");
        }
        catch (Exception problem)
        {
            LogBroken(problem.GetType().Name, problem.StackTrace);
        }

        own.EndBatch(batch.Length, result.Problem is null, EventProblems.IsOfTheBody(result.Problem));
        try
        {
            await SettleAsync(receiver, batch, result, ct);
        }
        catch (Exception problem)
        {
            // They come again when the claim is over, and the receiver knows them by their ids.
            LogNotSettled(batch.Length, problem is StoreUnavailableException ? problem.Message : problem.GetType().Name);
        }
        finally
        {
            own.End(result.Problem is null, time.GetUtcNow());
            _shares.End(receiver.AccountSid);
            Interlocked.Decrement(ref _underWay);
            Interlocked.Exchange(ref _room, NewRoom()).TrySetResult();
        }
    }

    static TaskCompletionSource NewRoom() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    async Task SettleAsync(EventReceiver receiver, EventEntry[] batch, SendEventsResult result, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (result.Problem is null)
        {
            await store.SettleAsync([.. batch.Select(entry => (entry, EventOutcome.Taken))], CancellationToken.None);
            foreach (var entry in batch)
            {
                EventMetrics.Taken(receiver, now - entry.At);
            }

            return;
        }

        if (ct.IsCancellationRequested)
        {
            await store.SettleAsync([.. batch.Select(entry => (entry, new EventOutcome(entry.Problem ?? "stopped", now)))], CancellationToken.None);
            return;
        }

        EventMetrics.Failed(result.Problem);
        var isTooMuch = batch.Length > 1 && EventProblems.IsOfTheBody(result.Problem);
        var outcomes = batch.Select(entry => (Event: entry, Outcome: isTooMuch ? InASmallerBatch(result, now) : After(entry, result, now))).ToList();
        await store.SettleAsync(outcomes, CancellationToken.None);
        var dead = 0;
        foreach (var (_, outcome) in outcomes)
        {
            if (outcome.RetryAt is null)
            {
                dead++;
                EventMetrics.Dead(receiver);
            }
            else
            {
                EventMetrics.Again(receiver);
            }
        }

        if (dead > 0)
        {
            LogDead(dead, receiver.Sid, result.Problem, EventProblems.Explain(result.Problem));
        }
        else if (batch[0].Tries == 0)
        {
            LogNotTaken(receiver.Sid, result.Problem, EventProblems.Explain(result.Problem));
        }
    }

    /// <summary>A batch was refused for what it is: each of its events comes again soon, among fewer, and none is dead for what may be another's fault.</summary>
    EventOutcome InASmallerBatch(SendEventsResult result, DateTimeOffset now) => new(result.Problem, now + RetrySchedule.PauseAfter(1, Chance(), result.RetryAfter));

    EventOutcome After(EventEntry entry, SendEventsResult result, DateTimeOffset now)
    {
        var next = now + RetrySchedule.PauseAfter(entry.Tries + 1, Chance(), result.RetryAfter);
        var isOver = entry.Tries + 1 >= RetrySchedule.LeastTries && next > entry.Since + TimeSpan.FromHours(options.RetryHours);
        return new EventOutcome(result.Problem, isOver ? null : next);
    }

    double Chance()
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (double)uint.MaxValue;
    }

    [LoggerMessage(6101, LogLevel.Information, "{Receiver} did not take an event, which will be tried again: {Problem}. {Explanation}")]
    partial void LogNotTaken(Sid receiver, string problem, string explanation);

    [LoggerMessage(6102, LogLevel.Warning, "{Count} events for {Receiver} are dead letters now: {Problem}. {Explanation}")]
    partial void LogDead(int count, Sid receiver, string problem, string explanation);

    [LoggerMessage(6103, LogLevel.Warning, "What became of {Count} events could not be kept; they may be sent again: {Problem}")]
    partial void LogNotSettled(int count, string problem);

    [LoggerMessage(6104, LogLevel.Error, "Sending an event failed: {Problem}\n{Stack}")]
    partial void LogBroken(string problem, string? stack);
}
