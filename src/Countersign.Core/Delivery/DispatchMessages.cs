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
public sealed partial class DispatchMessages(
    IOutbox outbox, DeliverMessage deliver, AdvanceVerification advance, ReceiveReceipts receipts, TimeProvider time, ILogger<DispatchMessages> logger,
    int maxOutstanding = DispatchMessages.MaxOutstanding)
{
    const int BatchSize = 256;

    /// <summary>Messages under way. More stay in the outbox until one is done.</summary>
    const int MaxOutstanding = 16_384;

    /// <summary>For each place of a message under way, messages that wait for their next round without one. Beyond them the places stay taken, so that memory has a bound.</summary>
    const int PausesAPlace = 2;

    static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1), EndLook = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a batch's outcomes hold up the next batch. A store that takes longer keeps nobody from getting a code.</summary>
    static readonly TimeSpan RecordPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>Whoever waits for messages keeps so many places meanwhile; the others are for messages whose pause is over.</summary>
    readonly int _batchSize = Math.Clamp(maxOutstanding / 4, 1, BatchSize);
    readonly DispatchRoom _room = new(maxOutstanding, PausesAPlace * maxOutstanding, time);
    readonly KeepOutcomes _keep = new(outbox, advance, receipts, time, logger);
    readonly Rarely _saying = new(time), _sayingCrowd = new(time), _sayingTurn = new(time);
    readonly GivenUpMessages _givenUp = new(time, logger);
    int _outstanding;

    // Batches whose outcomes are not waited for any more, and outcomes that a stop left.
    int _late;
    int _unkept;

    /// <summary>Messages that were taken out and are not recorded yet.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Waits for messages, starts one batch and records what came of those that ended at once.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        var places = await _room.TakePlacesAsync(_batchSize, ct);
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
                if (!_room.HasPlaceFor(item.Verification.AccountSid))
                {
                    used++;
                    _ = FinishAsync(item, tries, null, ct);
                    continue;
                }

                var delivery = TryDeliverAsync(item, tries, 0);
                if (!delivery.IsCompletedSuccessfully)
                {
                    used++;
                    _ = FinishAsync(item, tries, delivery.AsTask(), ct);
                    continue;
                }

                var result = delivery.Result;
                if (result.Record is { } record)
                {
                    Note(record);
                    records.Add(record);
                }
                else
                {
                    used++;
                    _ = FinishAsync(item, tries, Task.FromResult(result), ct);
                }
            }

            // While outcomes wait already, waiting for these tells nothing.
            var recording = _keep.RunAsync(records, ct);
            var patience = Volatile.Read(ref _late) > 0 ? TimeSpan.Zero : RecordPatience;
            await recording.WaitAsync(patience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!recording.IsCompletedSuccessfully)
            {
                used += records.Count;
                _ = RecordLateAsync(recording, records.Count, ct);
            }
        }
        finally
        {
            if (places > used)
            {
                _room.Release(places - used);
            }
        }
    }

    /// <summary>
    /// Once nothing is taken out any more: waits for what carriers have in their hands and for outcomes that are being kept, since the next who has the outbox would send them a second time.
    /// </summary>
    /// <param name="limit">Ends the waiting.</param>
    public async Task EndAsync(CancellationToken limit)
    {
        if (Outstanding is > 0 and var count)
        {
            LogEnding(count);
        }

        while (Outstanding > 0 && !limit.IsCancellationRequested)
        {
            await Task.Delay(EndLook, TimeProvider.System, limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (Outstanding + Volatile.Read(ref _unkept) is > 0 and var left)
        {
            LogUnfinished(left);
        }
    }

    /// <summary>Keeps the places of a batch until its outcomes are recorded.</summary>
    async Task RecordLateAsync(Task recording, int count, CancellationToken ct)
    {
        Interlocked.Add(ref _outstanding, count);
        Interlocked.Increment(ref _late);
        try
        {
            await recording;
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            Interlocked.Add(ref _unkept, count);
        }
        catch (Exception problem)
        {
            LogLostBatch(count, problem.GetType().Name, problem.StackTrace);
        }
        finally
        {
            Interlocked.Decrement(ref _late);
            Interlocked.Add(ref _outstanding, -count);
            _room.Release(count);
        }
    }

    /// <summary>Sees one message through: rounds with pauses between them, then its record. Ends when the server stops; the message is still in the outbox then.</summary>
    /// <param name="item">The message.</param>
    /// <param name="tries">What was tried.</param>
    /// <param name="delivery">Its first round; null where that is to begin when it is its account's turn.</param>
    /// <param name="ct">The server stops.</param>
    async Task FinishAsync(OutboxItem item, List<SendTry> tries, Task<DeliveryResult>? delivery, CancellationToken ct)
    {
        Interlocked.Increment(ref _outstanding);
        var place = _room.Enter(item.Verification.AccountSid);
        WaitingByCarrier.Entry? waiting = null;
        try
        {
            var result = delivery is null ? await TryInTurnAsync(item, tries, place, ct) : await delivery;
            for (var round = 1; result.Record is null; round++)
            {
                waiting ??= _room.Waiting.Enter(item, tries);
                if (result.Hopeless is { } hopeless && waiting?.IsCrowd(isFull: _room.IsFull) == true)
                {
                    LogCrowdRarely(waiting!.Carrier);
                    result = new DeliveryResult(hopeless, default);
                    break;
                }

                await place.LeaveForAsync(result.Retry, time, ct);
                result = await TryDeliverAsync(item, tries, round);
            }

            Note(result.Record!);
            await _keep.RunAsync([result.Record!], ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            Interlocked.Increment(ref _unkept);
        }
        catch (Exception problem)
        {
            LogLost(item.Attempt.Sid, problem.GetType().Name, problem.StackTrace);
        }
        finally
        {
            waiting?.Leave();
            Interlocked.Decrement(ref _outstanding);
            place.Release();
        }
    }

    /// <summary>The first round of a message whose account has its share of the places already.</summary>
    async Task<DeliveryResult> TryInTurnAsync(OutboxItem item, List<SendTry> tries, DispatchRoom.Place place, CancellationToken ct)
    {
        if (await place.WaitForTurnAsync(ct))
        {
            return await TryDeliverAsync(item, tries, 0);
        }

        if (_sayingTurn.May())
        {
            LogNoTurn(item.Verification.AccountSid);
        }

        return new DeliveryResult(new SendRecord { Item = item, Status = AttemptStatus.Failed, Error = DeliveryError.Throttled, Tries = tries, At = time.GetUtcNow() }, default);
    }

    void Note(SendRecord record)
    {
        if (record.Status == AttemptStatus.Sent)
        {
            _room.Waiting.Sent(record.Item, record.Carrier);
        }

        _givenUp.Tell(record);
    }

    void LogCrowdRarely(string carrier)
    {
        if (_sayingCrowd.May())
        {
            LogCrowd(carrier);
        }
    }

    async ValueTask<DeliveryResult> TryDeliverAsync(OutboxItem item, List<SendTry> tries, int round)
    {
        try
        {
            return await deliver.RunAsync(item, tries, round, _room);
        }
        catch (Exception problem) when (problem is StoreOverloadedException or StoreUnavailableException or UnknownKeyException)
        {
            // It asks the store what came of earlier sends, or whether the message is still of use. That the store is away, or this server lacks the newest key, is no fault of the message, which was promised.
            if (_saying.May())
            {
                LogStoreAway(item.Attempt.Sid);
            }

            return new DeliveryResult(null, AskAgainAfter);
        }
        catch (Exception problem)
        {
            // One message that cannot be written must not hold up the others, and must not be tried for ever.
            LogNotWritten(item.Attempt.Sid, problem.GetType().Name, problem.StackTrace);
            var failed = new SendRecord { Item = item, Status = AttemptStatus.Failed, Error = DeliveryError.InternalError, Tries = tries, At = time.GetUtcNow() };
            return new DeliveryResult(failed, default);
        }
    }

    [LoggerMessage(2114, LogLevel.Error, "Messages fail without another try: {Carrier} does not work, and has as many waiting for it as it may while others send")]
    partial void LogCrowd(string carrier);

    [LoggerMessage(2118, LogLevel.Error, "Messages of {AccountSid} fail without a try: as many wait as may of one account while others send")]
    partial void LogNoTurn(Sid accountSid);

    [LoggerMessage(2105, LogLevel.Error, "{AttemptSid} could not be written: {Problem}\n{Stack}")]
    partial void LogNotWritten(Sid attemptSid, string problem, string? stack);

    [LoggerMessage(2108, LogLevel.Warning, "Messages wait, {AttemptSid} among them: the store does not say what they need to know; trying again each second")]
    partial void LogStoreAway(Sid attemptSid);

    [LoggerMessage(2107, LogLevel.Error, "The outcome of {AttemptSid} could not be kept; it may be sent again: {Problem}\n{Stack}")]
    partial void LogLost(Sid attemptSid, string problem, string? stack);

    [LoggerMessage(2110, LogLevel.Error, "The outcomes of {Count} sends could not be kept; they may be sent again: {Problem}\n{Stack}")]
    partial void LogLostBatch(int count, string problem, string? stack);

    [LoggerMessage(2111, LogLevel.Information, "Waiting for {Count} messages that carriers have in their hands, or whose outcome is being kept, 30 s at most; Ctrl+C or SIGTERM again stops at once")]
    partial void LogEnding(int count);

    [LoggerMessage(2112, LogLevel.Warning, "Stopped without the outcomes of {Count} sends: those messages may go out again")]
    partial void LogUnfinished(int count);
}
