using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Events;

/// <summary>
/// Tells of verifications that have expired. That happens without a request, so each verification of a service with a subscriber leaves a watch, which is looked at when its
/// code runs out: by then it has ended, has expired, or lives longer because it was sent again.
/// </summary>
public sealed partial class WatchExpiries(IEventStore store, IVerificationStore verifications, EventMaker maker, TimeProvider time, ILogger<WatchExpiries> logger)
{
    const int BatchSize = 256, AtOnce = 32;

    // Those that cannot be looked at now are put off, or they would be the first of every batch and keep all others waiting.
    static readonly TimeSpan WhileAway = TimeSpan.FromSeconds(15), WhileUnreadable = TimeSpan.FromHours(1);

    /// <summary>Looks at what is due, many at once. True when there may be more.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var due = await store.DueWatchesAsync(BatchSize, ct);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, LookAsync);
        return due.Count == BatchSize;
    }

    async ValueTask LookAsync(ExpiryWatch watch, CancellationToken ct)
    {
        if (!maker.IsHeard(watch.ServiceSid, watch.AccountSid))
        {
            // Nobody is there who would be told. Left for later, it would be told to whoever subscribes next.
            await store.SettleWatchAsync(watch, null, [], CancellationToken.None);
            return;
        }

        var step = new LookStep { ServiceSid = watch.ServiceSid, VerificationSid = watch.VerificationSid };
        try
        {
            await verifications.ApplyAsync(step, ct);
        }
        catch (Exception problem) when (problem is StoreUnavailableException or UnknownKeyException)
        {
            // A part of a divided store may be away, and a newer key ring may not be here yet.
            await PutOffAsync(watch, WhileAway);
            return;
        }
        catch (Exception problem) when (problem is not (StoreOverloadedException or OperationCanceledException))
        {
            // Whatever it is, it is this row's: a seal that does not open, a document that does not parse.
            LogDamaged(watch.VerificationSid, problem.GetType().Name);
            await PutOffAsync(watch, WhileUnreadable);
            return;
        }

        var events = step.Status == VerificationStatus.Expired ? maker.OfExpiry(step.Current!) : [];
        await store.SettleWatchAsync(watch, step.Status == VerificationStatus.Pending ? step.Current!.ExpiresAt : null, events, CancellationToken.None);
    }

    Task PutOffAsync(ExpiryWatch watch, TimeSpan by) => store.SettleWatchAsync(watch, time.GetUtcNow() + by, [], CancellationToken.None);

    sealed class LookStep : VerificationStep
    {
        public Verification? Current { get; private set; }

        public VerificationStatus? Status { get; private set; }

        public override StepDecision Decide(Verification? current, DateTimeOffset now)
        {
            (Current, Status) = (current, current?.StatusAt(now));
            return StepDecision.Nothing;
        }
    }

    [LoggerMessage(6106, LogLevel.Error, "{Verification} is damaged: that it has expired cannot be told; looking again in an hour ({Problem})")]
    partial void LogDamaged(Sid verification, string problem);
}
