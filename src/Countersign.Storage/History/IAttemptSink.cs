using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Storage.History;

/// <summary>Where the outcomes of sends go when the outbox is elsewhere: the attempts in PostgreSQL.</summary>
interface IAttemptSink
{
    /// <summary>Keeps outcomes in one atomic step; one whose attempt is there already changes nothing. Durable when it returns.</summary>
    /// <returns>As <see cref="IOutbox.RecordAsync"/>.</returns>
    Task<ReceivedReceipts> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct);

    /// <summary>Those of the attempts whose outcome is there.</summary>
    Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct);
}
