using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Delivery;

/// <summary>
/// Keeps what became of sends, and does what follows from it. The carriers have the messages: what they said must be kept, or they would be sent again after a restart. So it is tried until the
/// store takes it, or the server stops.
/// </summary>
sealed partial class KeepOutcomes(IOutbox outbox, AdvanceVerification advance, ReceiveReceipts receipts, TimeProvider time, ILogger logger)
{
    static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    readonly Rarely _saying = new(time), _sayingUnmoved = new(time);
    int _unkept;

    /// <summary>Outcomes that the store did not take so far.</summary>
    public int Unkept => Volatile.Read(ref _unkept);

    /// <summary>Keeps outcomes that belong together. Ends when they are kept, or with the store's failure once the server stops.</summary>
    /// <param name="records">What became of each.</param>
    /// <param name="ct">The server stops: it is tried once more, and no more.</param>
    public Task RunAsync(List<SendRecord> records, CancellationToken ct)
    {
        if (records.Count < 2 || !records.Exists(IsFailed))
        {
            return KeepAsync(records, ct);
        }

        // A failure moves its verification on first, which may be in a part of the store that is away: the others do not wait for that.
        var parts = records.Where(IsFailed).Select(record => KeepAsync([record], ct)).ToList();
        parts.Add(KeepAsync(records.FindAll(record => !IsFailed(record)), ct));
        return Task.WhenAll(parts);
    }

    /// <summary>Keeps one outcome, or several of which none is a failure.</summary>
    async Task KeepAsync(List<SendRecord> records, CancellationToken ct)
    {
        if (records.Count == 0)
        {
            return;
        }

        var (isMovedOn, isCounted) = (false, false);
        ReceivedReceipts? overtaken = null;
        try
        {
            while (true)
            {
                var isLast = ct.IsCancellationRequested;
                try
                {
                    if (!isMovedOn && records is [var only] && IsFailed(only))
                    {
                        // Before the message leaves the outbox, so that a crash in between repeats it; the step knows what it did already.
                        var verification = only.Item.Verification;
                        await MoveOnAsync(verification, only);
                        isMovedOn = true;
                    }

                    if (overtaken is null)
                    {
                        overtaken = await outbox.RecordAsync(records, CancellationToken.None);
                        records.ForEach(DeliveryMetrics.Recorded);
                        receipts.Learn(overtaken.Changed);
                    }

                    await receipts.FollowAsync(overtaken);
                    return;
                }
                catch (Exception problem) when (problem is StoreOverloadedException or StoreUnavailableException or UnknownKeyException && !isLast)
                {
                    if (!isCounted)
                    {
                        isCounted = true;
                        Interlocked.Add(ref _unkept, records.Count);
                    }

                    if (_saying.May())
                    {
                        LogNotKept(Unkept);
                    }

                    await Task.Delay(AgainAfter, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        finally
        {
            if (isCounted)
            {
                Interlocked.Add(ref _unkept, -records.Count);
            }
        }
    }

    /// <summary>What depends on a service or a verification that cannot be read here is left to its alarm, which rings when the next step is due, at every server: it holds up no outcome.</summary>
    async Task MoveOnAsync(Verification verification, SendRecord failed)
    {
        try
        {
            await advance.RunAsync(verification.ServiceSid, verification.Sid, failed.Item.Attempt.Sid, failed.Error, CancellationToken.None);
        }
        catch (Exception problem) when (!WatchAlarms.IsAway(problem))
        {
            if (_sayingUnmoved.May())
            {
                LogNotMovedOn(problem is StoreUnavailableException ? problem.Message : problem.GetType().Name);
            }
        }
    }

    static bool IsFailed(SendRecord record) => record.Status == AttemptStatus.Failed;

    [LoggerMessage(2106, LogLevel.Error, "The outcomes of {Count} sends could not be kept yet; trying again each second")]
    partial void LogNotKept(int count);

    [LoggerMessage(2115, LogLevel.Error, "A message failed whose verification cannot go on to its next channel here before that is due: {Problem}")]
    partial void LogNotMovedOn(string problem);
}
