using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Insight;

namespace Countersign.Storage.Sqlite;

/// <summary>The history of sends in the embedded store. Only what scans needs a scanner, which opens the file once more.</summary>
sealed class SqliteAttemptStore(
    GroupCommit writer, AttemptRows rows, EarlyReceipts early, RollupRows rollups, VerificationRows verifications, EventMaker maker, SqliteEventStore events, AttemptScanner? scanner = null)
    : IAttemptStore
{
    public async ValueTask<AttemptRecord?> FindAsync(Sid attempt, CancellationToken ct) => await writer.RunAsync(_ => rows.Find(attempt)?.Attempt);

    public Task<AttemptSlice> ScanAsync(AttemptScan scan, CancellationToken ct) => scanner!.ScanAsync(scan, ct);

    public Task AddAsync(AttemptRecord attempt, CancellationToken ct) => writer.RunAsync(context =>
    {
        rows.Insert(attempt);
        ApplyEarly(attempt.Sid, attempt.Carrier, context);
        return true;
    });

    public Task<ReceivedReceipts> ReceiveAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct) => writer.RunAsync(context =>
    {
        var (changed, again) = (new List<AttemptRecord>(), new List<AttemptRecord>());
        var moves = new List<(AttemptRecord Before, AttemptRecord After)>();
        foreach (var receipt in receipts.Select(RecordedAttempt.Storable))
        {
            if (Find(account, carrier, receipt) is not var (id, attempt))
            {
                early.Keep(account, carrier, receipt);
            }
            else if (attempt.AccountSid == account && attempt.Carrier == carrier)
            {
                if (AttemptStatuses.After(attempt, receipt, context.Now) is { } after)
                {
                    rows.Update(id, after);
                    Tell(attempt, after, context);
                    changed.RemoveAll(other => other.Sid == after.Sid);
                    changed.Add(after);
                    moves.Add((attempt, after));
                }
                else if (AttemptStatuses.IsSaidAgain(attempt, receipt))
                {
                    again.Add(attempt);
                }
            }
        }

        foreach (var (before, after) in moves)
        {
            Rollup.CountReceipt(rollups.OfBatch, before, after);
        }

        return new ReceivedReceipts(changed, [.. again.DistinctBy(attempt => attempt.Sid).ExceptBy(changed.Select(after => after.Sid), attempt => attempt.Sid)]);
    });

    /// <summary>A record and what came before it are one commit.</summary>
    public Task<IReadOnlyList<AttemptRecord>> TakeLeftAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<AttemptRecord>>([]);

    /// <summary>Applies what came before a record, within the writer's batch; null where nothing did.</summary>
    public (AttemptRecord Before, AttemptRecord After)? ApplyEarly(Sid sid, string? carrier, WriteContext context)
    {
        if (early.IsEmpty || carrier is null || rows.Find(sid) is not var (id, attempt))
        {
            return null;
        }

        var after = early.Take(attempt).Aggregate(attempt, (current, receipt) => AttemptStatuses.After(current, receipt, context.Now) ?? current);
        if (after == attempt)
        {
            return null;
        }

        rows.Update(id, after);
        Tell(attempt, after, context);
        return (attempt, after);
    }

    void Tell(AttemptRecord before, AttemptRecord after, WriteContext context)
    {
        if (maker.IsWanted(before, after))
        {
            events.Keep(maker.OfReceipt(after, verifications.Find(after.VerificationSid)?.Verification), context);
        }
    }

    (long Id, AttemptRecord Attempt)? Find(Sid account, string carrier, Receipt receipt) =>
        receipt.AttemptSid is { } sid && rows.Find(sid) is { } bySid ? bySid
        : receipt.CarrierMessageId is { } id ? rows.FindByMessage(account, carrier, id)
        : null;
}
