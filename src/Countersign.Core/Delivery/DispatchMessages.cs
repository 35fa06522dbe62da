using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>
/// Takes messages out of the outbox and has them delivered, many at a time. What a carrier answers at once is recorded with its batch; what takes longer goes on by
/// itself and is recorded as soon as it is known, so that a crash repeats what was under way and nothing else.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing, and one that is disposed would fail who is still at work when the server stops.
public sealed partial class DispatchMessages(
    IOutbox outbox, DeliverMessage deliver, AdvanceVerification advance, ReceiveReceipts receipts, TimeProvider time, ILogger<DispatchMessages> logger)
{
#pragma warning restore CA1001
    const int BatchSize = 256;

    /// <summary>Messages under way or waiting for their next round. More stay in the outbox until one is done.</summary>
    const int MaxOutstanding = 16_384;

    static readonly TimeSpan RecordAgainAfter = TimeSpan.FromSeconds(1);

    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a batch's outcomes hold up the next batch. A store that takes longer keeps nobody from getting a code.</summary>
    static readonly TimeSpan RecordPatience = TimeSpan.FromMilliseconds(250);

    readonly SemaphoreSlim _places = new(MaxOutstanding);
    int _outstanding;

    /// <summary>Messages that were taken out and are not recorded yet.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Waits for messages, starts one batch and records what came of those that ended at once.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var places = await TakePlacesAsync(ct);
        var used = 0;
        try
        {
            var items = await outbox.ClaimAsync(places, ct);
            var records = new List<SendRecord>(items.Count);
            foreach (var item in items)
            {
                // What is left when the server stops stays in the outbox for the next start.
                if (ct.IsCancellationRequested)
                {
                    break;
                }

                var tries = new List<SendTry>(1);
                var delivery = TryDeliverAsync(item, tries, 0);
                if (!delivery.IsCompletedSuccessfully)
                {
                    used++;
                    _ = FinishAsync(item, tries, delivery.AsTask(), ct);
                }
                else if (delivery.Result is { Record: { } record })
                {
                    records.Add(record);
                }
                else
                {
                    used++;
                    _ = FinishAsync(item, tries, Task.FromResult(new DeliveryResult(null, FirstPause)), ct);
                }
            }

            var recording = RecordAsync(records, ct);
            try
            {
                await recording.WaitAsync(RecordPatience, time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                // Though it may have ended at this very moment.
                used += records.Count;
                _ = RecordLateAsync(recording, records.Count, ct);
            }
        }
        finally
        {
            _places.Release(places - used);
        }
    }

    /// <summary>Keeps the places of a batch until its outcomes are recorded.</summary>
    async Task RecordLateAsync(Task recording, int count, CancellationToken ct)
    {
        Interlocked.Add(ref _outstanding, count);
        try
        {
            await recording;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        catch (Exception problem)
        {
            LogLostBatch(count, problem.GetType().Name, problem.StackTrace);
        }
        finally
        {
            Interlocked.Add(ref _outstanding, -count);
            _places.Release(count);
        }
    }

    async ValueTask<int> TakePlacesAsync(CancellationToken ct)
    {
        await _places.WaitAsync(ct);
        var taken = 1;
        while (taken < BatchSize && _places.Wait(0, ct))
        {
            taken++;
        }

        return taken;
    }

    /// <summary>Sees one message through: rounds with pauses between them, then its record. Ends when the server stops; the message is still in the outbox then.</summary>
    async Task FinishAsync(OutboxItem item, List<SendTry> tries, Task<DeliveryResult> delivery, CancellationToken ct)
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            var result = await delivery;
            for (var round = 1; result.Record is null; round++)
            {
                await Task.Delay(result.Retry, time, ct);
                result = await TryDeliverAsync(item, tries, round);
            }

            await RecordAsync([result.Record], ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        catch (Exception problem)
        {
            LogLost(item.Attempt.Sid, problem.GetType().Name, problem.StackTrace);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
            _places.Release();
        }
    }

    async ValueTask<DeliveryResult> TryDeliverAsync(OutboxItem item, List<SendTry> tries, int round)
    {
        try
        {
            return await deliver.RunAsync(item, tries, round);
        }
        catch (Exception problem) when (problem is StoreOverloadedException or StoreUnavailableException or UnknownKeyException)
        {
            // It asks the store what came of earlier sends, or whether the message is still of use. That the store is away, or this server lacks the newest key, is no fault of the message, which was promised.
            LogStoreAway(item.Attempt.Sid);
            return new DeliveryResult(null, RecordAgainAfter);
        }
        catch (Exception problem)
        {
            // One message that cannot be written must not hold up the others, and must not be tried for ever.
            LogNotWritten(item.Attempt.Sid, problem.GetType().Name, problem.StackTrace);
            var failed = new SendRecord { Item = item, Status = AttemptStatus.Failed, Error = DeliveryError.InternalError, Tries = tries, At = time.GetUtcNow() };
            return new DeliveryResult(failed, default);
        }
    }

    /// <summary>The carriers have the messages: what they said must be kept, or they would be sent again after a restart.</summary>
    async Task RecordAsync(List<SendRecord> records, CancellationToken ct)
    {
        while (records.Count > 0)
        {
            try
            {
                // Before the message leaves the outbox, so that a crash in between repeats it; the step knows what it did already.
                foreach (var record in records)
                {
                    if (record.Status == AttemptStatus.Failed)
                    {
                        var verification = record.Item.Verification;
                        await advance.RunAsync(verification.ServiceSid, verification.Sid, record.Item.Attempt.Sid, record.Error, CancellationToken.None);
                    }
                }

                var overtaken = await outbox.RecordAsync(records, CancellationToken.None);
                records.ForEach(DeliveryMetrics.Recorded);
                await receipts.FollowAsync(overtaken);
                return;
            }
            catch (Exception problem) when (problem is StoreOverloadedException or StoreUnavailableException && !ct.IsCancellationRequested)
            {
                LogNotRecorded(records.Count);
                await Task.Delay(RecordAgainAfter, time, ct);
            }
        }
    }

    [LoggerMessage(2105, LogLevel.Error, "{AttemptSid} could not be written: {Problem}\n{Stack}")]
    partial void LogNotWritten(Sid attemptSid, string problem, string? stack);

    [LoggerMessage(2108, LogLevel.Warning, "{AttemptSid} waits: the store does not say what it needs to know; trying again")]
    partial void LogStoreAway(Sid attemptSid);

    [LoggerMessage(2106, LogLevel.Error, "The outcomes of {Count} sends could not be kept yet; trying again")]
    partial void LogNotRecorded(int count);

    [LoggerMessage(2110, LogLevel.Error, "The outcomes of {Count} sends could not be kept; they will be sent again after a restart: {Problem}\n{Stack}")]
    partial void LogLostBatch(int count, string problem, string? stack);

    [LoggerMessage(2107, LogLevel.Error, "The outcome of {AttemptSid} could not be kept; it will be sent again after a restart: {Problem}\n{Stack}")]
    partial void LogLost(Sid attemptSid, string problem, string? stack);
}
