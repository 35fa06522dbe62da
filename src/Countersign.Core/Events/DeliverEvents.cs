using System.Collections.Concurrent;
using Countersign.Core.Accounts;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Events;

/// <summary>
/// Takes events that are due to their receivers. Each receiver has its own few requests at a time, so that one that is slow or gone holds up nobody but itself. An event that was
/// not taken comes again with growing pauses, for a day; then it is dead, and an operator can have it tried again.
/// </summary>
public sealed partial class DeliverEvents(
    IEventStore store, Subscriptions subscriptions, IEventSender sender, EventOptions options, TimeProvider time, RandomSource random, ILogger<DeliverEvents> logger)
{
    /// <summary>Requests at a time, of all receivers.</summary>
    const int MaxUnderWay = 512;

    /// <summary>Of those, the receivers of one account.</summary>
    const int MaxOfAccount = 128;

    readonly AccountShares _shares = new();

    readonly ConcurrentDictionary<Sid, ReceiverHealth> _health = new();
    readonly ConcurrentDictionary<Task, byte> _running = new();
    volatile TaskCompletionSource _room = NewRoom();
    Task _waited = Task.CompletedTask;
    volatile bool _wantsRoom;
    int _underWay;
    int _first;

    /// <summary>Requests that are on their way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Claims what may be sent now and starts it. True when there may be more at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var receivers = subscriptions.Enabled;
        if (receivers.Count == 0)
        {
            return false;
        }

        // A request that ends from here on makes room that this look has not seen.
        _waited = _room.Task;
        var (looked, asked, claimed) = (0, 0, 0);
        for (var room = MaxUnderWay - UnderWay; room > 0 && looked < receivers.Count;)
        {
            var wanted = Wanted(receivers, room, ref looked);
            if (wanted.Count > 0)
            {
                asked += wanted.Count;
                claimed += await ClaimAsync(wanted, ct);
                room = MaxUnderWay - UnderWay;
            }
        }

        // The next look begins where this one ended: where there is not room for all, each has its turn.
        _first = (_first + looked) % receivers.Count;
        _wantsRoom = asked < receivers.Count;
        return claimed > 0;
    }

    /// <summary>The next receivers that may be sent something, as many as there is room for if each has all that it may have.</summary>
    List<(Sid Receiver, int Most)> Wanted(IReadOnlyList<EventReceiver> receivers, int room, ref int looked)
    {
        var now = time.GetUtcNow();
        var wanted = new List<(Sid Receiver, int Most)>();
        var ofAccount = new Dictionary<Sid, int>();
        for (; looked < receivers.Count && room > 0; looked++)
        {
            var receiver = receivers[(_first + looked) % receivers.Count];
            var before = ofAccount.TryGetValue(receiver.AccountSid, out var count) ? count : ofAccount[receiver.AccountSid] = _shares.Of(receiver.AccountSid);
            if (Math.Min(HealthOf(receiver.Sid).Free(now), MaxOfAccount - before) is > 0 and var free)
            {
                var requests = receiver is EventSink ? 1 : Math.Min(free, room);
                wanted.Add((receiver.Sid, receiver is EventSink ? EventSink.MaxBatch : requests));
                ofAccount[receiver.AccountSid] = before + requests;
                room -= requests;
            }
        }

        return wanted;
    }

    /// <summary>Claims events of these receivers and starts them; how many there were.</summary>
    async Task<int> ClaimAsync(List<(Sid Receiver, int Most)> wanted, CancellationToken ct)
    {
        var claimed = await store.ClaimAsync(wanted, ct);
        foreach (var group in claimed.GroupBy(entry => entry.Receiver))
        {
            if (subscriptions.Find(group.Key) is not { } receiver)
            {
                // Removed since; its events go with it.
                continue;
            }

            foreach (var batch in group.Chunk(receiver is EventSink ? EventSink.MaxBatch : 1))
            {
                Start(receiver, batch, ct);
            }
        }

        return claimed.Count;
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
        HealthOf(receiver.Sid).Begin();
        _shares.Begin(receiver.AccountSid);
        Interlocked.Increment(ref _underWay);
        var task = SendAsync(receiver, batch, ct);
        _running[task] = 0;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    async Task SendAsync(EventReceiver receiver, EventEntry[] batch, CancellationToken ct)
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
            HealthOf(receiver.Sid).End(result.Problem is null, time.GetUtcNow());
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
        var outcomes = batch.Select(entry => (Event: entry, Outcome: After(entry, result, now))).ToList();
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
            LogDead(dead, receiver.Sid, result.Problem);
        }
        else if (batch[0].Tries == 0)
        {
            LogNotTaken(receiver.Sid, result.Problem);
        }
    }

    EventOutcome After(EventEntry entry, SendEventsResult result, DateTimeOffset now)
    {
        var next = now + RetrySchedule.PauseAfter(entry.Tries + 1, Chance(), result.RetryAfter);
        return new EventOutcome(result.Problem, next > entry.Since + TimeSpan.FromHours(options.RetryHours) ? null : next);
    }

    double Chance()
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (double)uint.MaxValue;
    }

    ReceiverHealth HealthOf(Sid receiver) => _health.GetOrAdd(receiver, static _ => new ReceiverHealth());

    [LoggerMessage(6101, LogLevel.Information, "{Receiver} did not take an event, which will be tried again: {Problem}")]
    partial void LogNotTaken(Sid receiver, string problem);

    [LoggerMessage(6102, LogLevel.Warning, "{Count} events for {Receiver} are dead letters now: {Problem}")]
    partial void LogDead(int count, Sid receiver, string problem);

    [LoggerMessage(6103, LogLevel.Warning, "What became of {Count} events could not be kept; they may be sent again: {Problem}")]
    partial void LogNotSettled(int count, string problem);

    [LoggerMessage(6104, LogLevel.Error, "Sending an event failed: {Problem}\n{Stack}")]
    partial void LogBroken(string problem, string? stack);
}
