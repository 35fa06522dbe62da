using Countersign.Core.Delivery;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>An outbox that keeps no outcome while it stands still, as one does whose history stands still.</summary>
sealed class StandingOutbox(IOutbox outbox) : IOutbox
{
    TaskCompletionSource? _still;

    public void StandStill() => Volatile.Write(ref _still, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void GoOn() => Interlocked.Exchange(ref _still, null)?.SetResult();

    public ValueTask<IReadOnlyList<OutboxItem>> ClaimAsync(int max, CancellationToken ct) => outbox.ClaimAsync(max, ct);

    public async Task<IReadOnlyList<AttemptRecord>> RecordAsync(IReadOnlyList<SendRecord> records, CancellationToken ct)
    {
        if (Volatile.Read(ref _still) is { } still)
            await still.Task;
        return await outbox.RecordAsync(records, ct);
    }

    public ValueTask<OutboxDepth> DepthAsync(CancellationToken ct) => outbox.DepthAsync(ct);
}
