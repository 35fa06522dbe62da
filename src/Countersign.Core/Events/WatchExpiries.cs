using Countersign.Core.Verifications;

namespace Countersign.Core.Events;

/// <summary>
/// Tells of verifications that have expired. That happens without a request, so each verification of a service with a subscriber leaves a watch, which is looked at when its
/// code runs out: by then it has ended, has expired, or lives longer because it was sent again.
/// </summary>
public sealed class WatchExpiries(IEventStore store, IVerificationStore verifications, EventMaker maker)
{
    const int BatchSize = 256;

    /// <summary>Looks at what is due. True when there may be more at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken ct)
    {
        var due = await store.DueWatchesAsync(BatchSize, ct);
        var isWhole = true;
        foreach (var watch in due)
        {
            var step = new LookStep { ServiceSid = watch.ServiceSid, VerificationSid = watch.VerificationSid };
            try
            {
                await verifications.ApplyAsync(step, ct);
            }
            catch (StoreUnavailableException)
            {
                // A part of a divided store may be away, and must not hold up the others.
                isWhole = false;
                continue;
            }

            var events = step.Status == VerificationStatus.Expired ? maker.OfExpiry(step.Current!) : [];
            await store.SettleWatchAsync(watch, step.Status == VerificationStatus.Pending ? step.Current!.ExpiresAt : null, events, CancellationToken.None);
        }

        return isWhole && due.Count == BatchSize;
    }

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
}
