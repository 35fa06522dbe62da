using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>A node's way to PostgreSQL, which can be cut off.</summary>
sealed class AwayHistory(PostgresHistory inner) : IVerificationHistory, IAttemptSink
{
    readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public volatile bool IsAway, StandsStill;

    /// <summary>Ends when it was asked what has an outcome, and did not answer.</summary>
    public Task Asked => _asked.Task;

    public Task SaveAsync(IReadOnlyList<HistoryRow> rows, CancellationToken ct) => IsAway ? throw Away() : inner.SaveAsync(rows, ct);

    public Task<IReadOnlyList<HistoryRow>> FindAsync(IReadOnlyCollection<Sid> verifications, CancellationToken ct) => IsAway ? throw Away() : inner.FindAsync(verifications, ct);

    public Task<ReceivedReceipts> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct) => IsAway ? throw Away() : inner.WriteAsync(records, ct);

    public Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct)
    {
        if (!StandsStill)
            return inner.FindRecordedAsync(attempts, ct);
        _asked.TrySetResult();
        return new TaskCompletionSource<IReadOnlySet<Sid>>().Task;
    }

    static StoreUnavailableException Away() => new("PostgreSQL is away.");
}
