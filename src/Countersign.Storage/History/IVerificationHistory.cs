using Countersign.Core;

namespace Countersign.Storage.History;

/// <summary>Where verifications are kept for good when the live ones are elsewhere: the table of PostgreSQL.</summary>
interface IVerificationHistory
{
    /// <summary>Keeps verifications, each once: one that is there with the same or a greater version stays. Durable when it returns, and safe to repeat.</summary>
    Task SaveAsync(IReadOnlyList<HistoryRow> rows, CancellationToken ct);

    /// <summary>Those that are there, in any order.</summary>
    Task<IReadOnlyList<HistoryRow>> FindAsync(IReadOnlyCollection<Sid> verifications, CancellationToken ct);
}
