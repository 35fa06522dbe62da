using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Insight;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Sqlite;

/// <summary>The history of sends in the embedded store. Only what scans needs a scanner, which opens the file once more.</summary>
sealed class SqliteAttemptStore(
    GroupCommit writer, AttemptRows rows, EarlyReceipts early, RollupRows rollups, VerificationRows verifications, EventMaker maker, SqliteEventStore events, AttemptScanner? scanner = null)
    : IAttemptStore
{
    /// <summary>Receipts that are looked at in one turn of the writer.</summary>
    const int Slice = 256;

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
            if (Find(account, carrier, receipt.AttemptSid, receipt.CarrierMessageId) is not var (id, attempt))
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

    /// <summary>A record and what came before it are one commit: what is left are receipts whose follow-up was not done.</summary>
    public async Task<ReceivedReceipts> TakeLeftAsync(CancellationToken ct)
    {
        var all = ReceivedReceipts.None;
        for (var position = long.MinValue; ;)
        {
            var from = position;
            var (part, last) = await writer.RunAsync(context => early.IsEmpty ? (ReceivedReceipts.None, null) : TakeLeft(from, context));
            all = new ReceivedReceipts([.. all.Changed, .. part.Changed], [.. all.SaidAgain.UnionBy(part.SaidAgain, attempt => attempt.Sid)]) { Kept = [.. all.Kept.Union(part.Kept)] };
            if (last is null)
            {
                return all;
            }

            position = last.Value;
        }
    }

    (ReceivedReceipts Part, long? Last) TakeLeft(long after, WriteContext context)
    {
        var waiting = early.After(after, Slice);
        var moves = new List<EarlyMove>();
        var done = new HashSet<Sid>();
        foreach (var (_, account, carrier, attempt, message) in waiting)
        {
            if (Find(account, carrier, attempt, message)?.Attempt is { } target && target.AccountSid == account && target.Carrier == carrier && done.Add(target.Sid)
                && ApplyEarly(target.Sid, carrier, context) is { } move)
            {
                moves.Add(move);
                if (move.IsChange)
                {
                    Rollup.CountReceipt(rollups.OfBatch, move.Before, move.After);
                }
            }
        }

        return (EarlyMove.Told(moves), waiting.Count < Slice ? null : waiting[^1].Position);
    }

    public Task FollowedAsync(IReadOnlyList<KeptReceipt> receipts, CancellationToken ct) => writer.RunAsync(_ =>
    {
        foreach (var group in receipts.GroupBy(receipt => receipt.Attempt))
        {
            if (rows.Find(group.Key)?.Attempt is { } attempt)
            {
                early.Remove(attempt.AccountSid, group.Select(receipt => receipt.Position));
            }
        }

        return receipts.Count;
    });

    /// <summary>Applies what came before a record, within the writer's batch, and takes it out, but for what has to be followed first; null where nothing came.</summary>
    public EarlyMove? ApplyEarly(Sid sid, string? carrier, WriteContext context)
    {
        if (early.IsEmpty || carrier is null || rows.Find(sid) is not var (id, attempt) || early.Of(attempt) is not { Count: > 0 } waiting)
        {
            return null;
        }

        var after = waiting.Aggregate(attempt, (current, entry) => AttemptStatuses.After(current, entry.Receipt, context.Now) ?? current);
        var kept = waiting.Where(entry => AttemptStatuses.IsSaidAgain(after, entry.Receipt)).Select(entry => entry.Position).ToList();
        early.Remove(attempt.AccountSid, waiting.Select(entry => entry.Position).Except(kept));
        if (after != attempt)
        {
            rows.Update(id, after);
            Tell(attempt, after, context);
        }

        return new EarlyMove(attempt, after, kept);
    }

    void Tell(AttemptRecord before, AttemptRecord after, WriteContext context)
    {
        if (maker.IsWanted(before, after))
        {
            events.Keep(maker.OfReceipt(after, Find(after.VerificationSid, context)), context);
        }
    }

    /// <summary>Null also for one that is damaged: what became of its message is kept and told all the same.</summary>
    Verification? Find(Sid verification, WriteContext context)
    {
        try
        {
            return verifications.Find(verification)?.Verification;
        }
        catch (Exception problem) when (problem is not SqliteFailure)
        {
            context.LogUntold(verification, problem.GetType().Name);
            return null;
        }
    }

    (long Id, AttemptRecord Attempt)? Find(Sid account, string carrier, Sid? attempt, string? message) =>
        attempt is { } sid && rows.Find(sid) is { } bySid ? bySid
        : message is { } id ? rows.FindByMessage(account, carrier, id)
        : null;
}

/// <summary>What receipts that came before a record have made of it.</summary>
/// <param name="Before">The attempt as it was recorded.</param>
/// <param name="After">As it is now; the same where they say again what was known.</param>
/// <param name="Kept">Positions of those that are kept until they were followed.</param>
sealed record EarlyMove(AttemptRecord Before, AttemptRecord After, IReadOnlyList<long> Kept)
{
    public bool IsChange => After != Before;

    /// <summary>What several came to.</summary>
    public static ReceivedReceipts Told(List<EarlyMove> moves) => moves.Count == 0 ? ReceivedReceipts.None : new(
        [.. moves.Where(move => move.IsChange).Select(move => move.After)],
        [.. moves.Where(move => !move.IsChange && move.Kept.Count > 0).Select(move => move.After)])
    {
        Kept = [.. moves.SelectMany(move => move.Kept.Select(position => new KeptReceipt(move.After.Sid, position)))],
    };
}
