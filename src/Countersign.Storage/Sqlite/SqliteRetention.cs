using Countersign.Core;
using Countersign.Core.Insight;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Removes old rows on the writer's thread, between the requests: a few at a time, oldest first, until the slice has had its rows or its time. Free pages are used
/// again by new rows, so the file stops growing and does not shrink. Only the writer's thread uses its fields.
/// </summary>
sealed class SqliteRetention : IRetention
{
    /// <summary>Rows of a slice that are looked at. Each attempt by a real carrier has a page of its own in the index of message ids, which the commit then writes.</summary>
    public const int SliceRows = 256;

    /// <summary>Rows between two looks at the clock.</summary>
    const int Step = 32;

    /// <summary>The time of a slice, since rows may have to come from the disk first: requests of the same batch wait for it.</summary>
    static readonly TimeSpan SliceTime = TimeSpan.FromMilliseconds(2);

    /// <summary>By how much messages that wait may be out of the order of their moments, for a clock that was set.</summary>
    static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    readonly GroupCommit _writer;
    readonly EarlyReceipts _early;
    readonly TimeProvider _time;
    readonly SqliteOutbox _outbox;
    readonly Statement _nextVerifications;
    readonly Statement _deleteVerifications;
    readonly Statement _nextAttempts;
    readonly Statement _deleteAttempts;
    readonly Statement _nextChallenges;
    readonly Statement _deleteChallenges;
    readonly Statement _nextTokens;
    readonly Statement _deleteTokens;
    readonly OrphanedEntities _orphans;
    readonly Statement _deleteRollups;
    readonly Statement _deleteRefusals;

    // Where the pass is: rows before it were looked at already, so that those that stay are not looked at again and again.
    (Phase Phase, long After) _at = (Phase.Verifications, -1);

    public SqliteRetention(GroupCommit writer, WriteContext context, EarlyReceipts early, SqliteOutbox outbox, TimeProvider time)
    {
        (_writer, _early, _outbox, _time) = (writer, early, outbox, time);
        _nextVerifications = context.Prepare($"SELECT max(id) FROM (SELECT id FROM verification WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT {Step})");
        _deleteVerifications = context.Prepare("DELETE FROM verification WHERE id > ?1 AND id <= ?2 AND expires_at < ?3");
        _nextAttempts = context.Prepare($"SELECT max(id) FROM (SELECT id FROM attempt WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT {Step})");
        _deleteAttempts = context.Prepare("DELETE FROM attempt WHERE id > ?1 AND id <= ?2 AND created_at < ?3");
        _nextChallenges = context.Prepare($"SELECT max(id) FROM (SELECT id FROM challenge WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT {Step})");
        _deleteChallenges = context.Prepare("DELETE FROM challenge WHERE id > ?1 AND id <= ?2 AND created_at < ?3");
        _nextTokens = context.Prepare($"SELECT max(id) FROM (SELECT id FROM access_token WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT {Step})");
        _deleteTokens = context.Prepare("DELETE FROM access_token WHERE id > ?1 AND id <= ?2 AND created_at < ?3");
        _orphans = new OrphanedEntities(context, Step);
        // Positions grow with time, so that what is old comes first. One from a clock that ran ahead holds up none behind it.
        _deleteRefusals = context.Prepare($"""
            DELETE FROM refused_start WHERE position IN
                (SELECT position FROM (SELECT position, at FROM refused_start ORDER BY position LIMIT {Step}) WHERE at < ?1 OR at > ?2)
            """);
        _deleteRollups = context.Prepare($"""
            DELETE FROM rollup WHERE (hour, account_sid, service_sid, country, channel, carrier, error) IN
                (SELECT hour, account_sid, service_sid, country, channel, carrier, error FROM rollup WHERE hour < ?1 ORDER BY hour LIMIT {Step})
            """);
    }

    enum Phase
    {
        Verifications,
        Attempts,
        Orphans,
        Challenges,
        AccessTokens,
        EarlyReceipts,
        Refusals,
        Rollups,
    }

    public Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return _writer.RunAsync(context => Remove(cutoffs, context));
    }

    public Task<DateTimeOffset?> ClockAsync(CancellationToken ct) => Task.FromResult<DateTimeOffset?>(null);

    RetentionSlice Remove(RetentionCutoffs cutoffs, WriteContext context)
    {
        var before = _at;
        context.OnUndo(() => _at = before);
        var history = cutoffs.History is { } asked ? BeforeUnsent(asked) : (DateTimeOffset?)null;
        var started = _time.GetTimestamp();
        var removed = default(RetentionSlice);
        for (var looked = 0; looked < SliceRows && _time.GetElapsedTime(started) < SliceTime; looked += Step)
        {
            switch (_at.Phase)
            {
                case Phase.Verifications:
                    removed = removed with { Verifications = removed.Verifications + RemoveRows(_nextVerifications, _deleteVerifications, history, context) };
                    break;

                case Phase.Attempts:
                    removed = removed with { Attempts = removed.Attempts + RemoveRows(_nextAttempts, _deleteAttempts, history, context) };
                    break;

                case Phase.Orphans:
                    var (entities, more) = _orphans.Remove();
                    removed = removed with { Entities = removed.Entities + entities };
                    _at = more ? _at : (_at.Phase + 1, -1);
                    break;

                case Phase.Challenges:
                    removed = removed with { Challenges = removed.Challenges + RemoveRows(_nextChallenges, _deleteChallenges, cutoffs.History, context) };
                    break;

                case Phase.AccessTokens:
                    removed = removed with { AccessTokens = removed.AccessTokens + RemoveRows(_nextTokens, _deleteTokens, cutoffs.EarlyReceipts, context) };
                    break;

                case Phase.EarlyReceipts:
                    var receipts = _early.RemoveOld(cutoffs.EarlyReceipts, Step);
                    removed = removed with { EarlyReceipts = removed.EarlyReceipts + receipts };
                    EndPhaseAfter(receipts);
                    break;

                case Phase.Refusals:
                    _deleteRefusals.Bind(cutoffs.Refusals).Bind(context.Now + Margin).Run();
                    removed = removed with { Refusals = removed.Refusals + context.Changes };
                    EndPhaseAfter(context.Changes);
                    break;

                default:
                    var rows = 0;
                    if (cutoffs.Rollups is { } rollups)
                    {
                        _deleteRollups.Bind((long)RollupKey.HourOf(rollups)).Run();
                        rows = context.Changes;
                    }

                    removed = removed with { Rollups = removed.Rollups + rows };
                    if (rows < Step)
                    {
                        _at = (Phase.Verifications, -1);
                        return removed;
                    }

                    break;
            }
        }

        return removed with { HasMore = true };
    }

    /// <summary>Removes what is old enough among the next rows of the pass.</summary>
    int RemoveRows(Statement next, Statement delete, DateTimeOffset? cutoff, WriteContext context)
    {
        if (cutoff is not { } old)
        {
            EndPhaseAfter(0);
            return 0;
        }

        next.Bind(_at.After).Bind(VerificationRows.IdOf(Sid.FirstAt("VE", old))).Read();
        var last = next.IsNull(0) ? -1 : next.Long(0);
        next.Reset();
        if (last < 0)
        {
            EndPhaseAfter(0);
            return 0;
        }

        delete.Bind(_at.After).Bind(last).Bind(old).Run();
        _at.After = last;
        return context.Changes;
    }

    void EndPhaseAfter(int removed)
    {
        if (removed < Step)
        {
            _at = (_at.Phase + 1, -1);
        }
    }

    /// <summary>
    /// A send moves the end of its verification to later than the send. So what had run out before the oldest message that waits was asked for has none that waits.
    /// </summary>
    DateTimeOffset BeforeUnsent(DateTimeOffset cutoff)
    {
        var unsent = _outbox.OldestAsked - Margin;
        return unsent < cutoff ? unsent.Value : cutoff;
    }
}
