using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Storage.History;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Stands for PostgreSQL where a test is about Redis alone.</summary>
sealed class MemoryHistory : IVerificationHistory, IAttemptSink
{
    readonly Lock _gate = new();
    readonly Dictionary<Sid, HistoryRow> _rows = [];
    readonly HashSet<Sid> _attempts = [];

    public int Rows => _rows.Count;

    public bool IsAway { get; set; }

    public Task SaveAsync(IReadOnlyList<HistoryRow> rows, CancellationToken ct)
    {
        Check();
        lock (_gate)
        {
            foreach (var row in rows)
            {
                if (!_rows.TryGetValue(row.Sid, out var before) || before.Version < row.Version)
                    _rows[row.Sid] = row;
            }
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<HistoryRow>> FindAsync(IReadOnlyCollection<Sid> verifications, CancellationToken ct)
    {
        Check();
        lock (_gate)
            return Task.FromResult<IReadOnlyList<HistoryRow>>([.. verifications.Where(_rows.ContainsKey).Select(sid => _rows[sid])]);
    }

    public Task<IReadOnlyList<AttemptRecord>> WriteAsync(IReadOnlyList<SendRecord> records, CancellationToken ct)
    {
        Check();
        lock (_gate)
            _attempts.UnionWith(records.Select(record => record.Item.Attempt.Sid));
        return Task.FromResult<IReadOnlyList<AttemptRecord>>([]);
    }

    public Task<IReadOnlySet<Sid>> FindRecordedAsync(IReadOnlyCollection<Sid> attempts, CancellationToken ct)
    {
        Check();
        lock (_gate)
            return Task.FromResult<IReadOnlySet<Sid>>(attempts.Where(_attempts.Contains).ToHashSet());
    }

    void Check()
    {
        if (IsAway)
            throw new Core.Verifications.StoreUnavailableException("Away.");
    }
}
