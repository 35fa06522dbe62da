using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>An outbox that keeps no outcome while it stands still, as one does whose history stands still.</summary>
sealed class StandingOutbox(IOutbox outbox) : IOutbox
{
    TaskCompletionSource? _still;
    int _fail;
    int _failed;

    /// <summary>The attempt whose outcome cannot be kept.</summary>
    public Sid? FailFor { get; set; }

    /// <summary>Calls that failed.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>So many calls fail from now on.</summary>
    public void Fail(int calls) => Volatile.Write(ref _fail, calls);

    public void StandStill() => Volatile.Write(ref _still, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void GoOn() => Interlocked.Exchange(ref _still, null)?.SetResult();

    public long Known => outbox.Known;

    public ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct) => outbox.ClaimAsync(max, ct);

    public async Task<ReceivedReceipts> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct)
    {
        if (Volatile.Read(ref _still) is { } still)
            await still.Task;
        if (FailFor is { } attempt && records.Any(record => record.Item.Attempt.Sid == attempt))
            throw new StoreUnavailableException("It is away.");
        if (Volatile.Read(ref _fail) > 0)
        {
            Interlocked.Decrement(ref _fail);
            Interlocked.Increment(ref _failed);
            throw new StoreUnavailableException("It is away.");
        }

        return await outbox.RecordAsync(records, ct);
    }

    public ValueTask<OutboxDepth> DepthAsync(CancellationToken ct) => outbox.DepthAsync(ct);
}
