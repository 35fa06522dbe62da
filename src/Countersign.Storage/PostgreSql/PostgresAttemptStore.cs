using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Delivery.Receipts;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>The history of sends in PostgreSQL.</summary>
sealed class PostgresAttemptStore(PostgresDatabase database, Partitions partitions, EarlyReceipts early, TimeProvider time) : IAttemptStore
{
    /// <summary>How old an attempt may be to be found by its carrier's name for the message, which says nothing of its day. Carriers give up after three days at most.</summary>
    static readonly TimeSpan FoundByName = TimeSpan.FromDays(7);

    /// <summary>For so long whoever records an attempt may still be about to look for its receipts.</summary>
    static readonly TimeSpan OnTheirWay = TimeSpan.FromSeconds(10);

    public async ValueTask<AttemptRecord?> FindAsync(Sid attempt, CancellationToken ct) => await database.ServeAsync(
        async connection =>
        {
            await using var find = new NpgsqlCommand($"SELECT {PostgresAttemptRows.Columns} FROM attempt WHERE sid = $1 AND shard = $2", connection);
            find.Parameters.Bind(attempt).Bind((short)Sid.ShardOf(attempt.Value));
            return (await find.ReadAsync(PostgresAttemptRows.Read, ct)).SingleOrDefault();
        },
        ct);

    public async Task<AttemptSlice> ScanAsync(AttemptScan scan, CancellationToken ct) =>
        await database.ServeAsync(connection => PostgresAttemptScans.ScanAsync(connection, scan, ct), ct);

    public async Task AddAsync(AttemptRecord attempt, CancellationToken ct)
    {
        if (!partitions.Knows(attempt.Sid))
        {
            await partitions.EnsureAsync(attempt.Sid.OrderedAt, attempt.Sid.OrderedAt, ct);
        }

        await database.RunAsync(
            async connection =>
            {
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { PostgresAttemptRows.Insert(attempt) } };
                return await batch.ExecuteNonQueryAsync(CancellationToken.None);
            },
            ct);
        await early.TakeEarlyAsync([attempt.Sid], CancellationToken.None);
    }

    public Task<ReceivedReceipts> ReceiveAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct) =>
        database.ServeAsync(() => ReceiveAllAsync(account, carrier, [.. receipts.Select(RecordedAttempt.Storable)], ct));

    async Task<ReceivedReceipts> ReceiveAllAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        var (received, kept) = await ReceiveOnceAsync(account, carrier, receipts, ct);
        if (kept.Count == 0)
        {
            return received;
        }

        // They may have been recorded between our look and our commit.
        var recorded = await TargetsAsync(account, carrier, kept, CancellationToken.None);
        if (recorded.Count == 0)
        {
            return received;
        }

        var late = await early.TakeEarlyAsync([.. recorded.Values.Distinct()], CancellationToken.None);
        var again = late.SaidAgain.UnionBy(received.SaidAgain, attempt => attempt.Sid);
        var changed = late.Changed.UnionBy(received.Changed, attempt => attempt.Sid).ToList();
        return new ReceivedReceipts(changed, [.. Without(again, changed)]) { Kept = late.Kept };
    }

    public Task FollowedAsync(IReadOnlyList<KeptReceipt> receipts, CancellationToken ct) => early.FollowedAsync(receipts, ct);

    public async Task<ReceivedReceipts> TakeLeftAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var attempts = await database.RunAsync(
            async connection =>
            {
                // The names with the same condition as the index's, or it would not be used.
                await using var find = new NpgsqlCommand(
                    """
                    SELECT DISTINCT found.sid FROM early_receipt early, LATERAL (
                        (SELECT sid FROM attempt WHERE sid = early.attempt_sid AND carrier = early.carrier AND account_sid = early.account_sid)
                        UNION ALL
                        (SELECT sid FROM attempt
                            WHERE carrier_message_id = early.carrier_message_id AND carrier <> 'sandbox' AND carrier = early.carrier AND account_sid = early.account_sid AND sid >= $2
                            ORDER BY sid DESC LIMIT 1)) AS found
                    WHERE early.received_at < $1 LIMIT 500
                    """,
                    connection);
                find.Parameters.Bind(now - OnTheirWay).Bind(Sid.FirstAt("VL", now - FoundByName));
                return await find.ReadAsync(row => row.Sid(0, "VL"), ct);
            },
            ct);
        return attempts.Count == 0 ? ReceivedReceipts.None : await early.TakeEarlyAsync(attempts, CancellationToken.None);
    }

    async Task<(ReceivedReceipts Received, List<Receipt> Kept)> ReceiveOnceAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        var targets = await TargetsAsync(account, carrier, receipts, ct);
        return await database.TransactAsync(
            async connection =>
            {
                var found = targets.Count == 0 ? [] : await PostgresAttemptRows.LockAsync(connection, targets.Values.Distinct(), ct);
                var before = new Dictionary<Sid, AttemptRecord>(found);
                var (changed, again) = (new Dictionary<Sid, AttemptRecord>(), new Dictionary<Sid, AttemptRecord>());
                var kept = new List<Receipt>();
                foreach (var receipt in receipts)
                {
                    if (!targets.TryGetValue(receipt, out var target) || !found.TryGetValue(target, out var attempt))
                    {
                        kept.Add(receipt);
                    }
                    else if (attempt.AccountSid == account && attempt.Carrier == carrier)
                    {
                        if (AttemptStatuses.After(attempt, receipt, time.GetUtcNow()) is { } after)
                        {
                            found[target] = changed[target] = after;
                        }
                        else if (AttemptStatuses.IsSaidAgain(attempt, receipt))
                        {
                            again[target] = attempt;
                        }
                    }
                }

                await early.WriteAsync(connection, changed.Values.Select(after => (before[after.Sid], after)));
                if (kept.Count > 0)
                {
                    await early.KeepAsync(connection, account, carrier, kept, ct);
                }

                return (new ReceivedReceipts([.. changed.Values], [.. Without(again.Values, changed.Values)]), kept);
            },
            ct);
    }

    static IEnumerable<AttemptRecord> Without(IEnumerable<AttemptRecord> attempts, IEnumerable<AttemptRecord> others) =>
        attempts.ExceptBy(others.Select(other => other.Sid), attempt => attempt.Sid);

    /// <summary>Which attempt each receipt is about, as far as there is one. Nothing is locked yet: all are known before the first is.</summary>
    async Task<Dictionary<Receipt, Sid>> TargetsAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        var bySid = receipts.Select(receipt => receipt.AttemptSid).OfType<Sid>().Distinct().ToList();
        var names = receipts.Select(receipt => receipt.CarrierMessageId).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var (sids, named) = await database.RunAsync(
            // Where there is but one name, it is right or the receipt is early.
            async connection => names.Count == 0 ? ([.. bySid], []) : (await ExistingAsync(connection, bySid, ct), await NamedAsync(connection, account, carrier, names, ct)), ct);

        var targets = new Dictionary<Receipt, Sid>();
        foreach (var receipt in receipts)
        {
            if (receipt.AttemptSid is { } sid && sids.Contains(sid))
            {
                targets[receipt] = sid;
            }
            else if (receipt.CarrierMessageId is { } name && named.TryGetValue(name, out var found))
            {
                targets[receipt] = found;
            }
        }

        return targets;
    }

    static async Task<HashSet<Sid>> ExistingAsync(NpgsqlConnection connection, List<Sid> sids, CancellationToken ct)
    {
        if (sids.Count == 0)
        {
            return [];
        }

        await using var find = new NpgsqlCommand("SELECT sid FROM attempt WHERE sid = ANY ($1)", connection);
        find.Parameters.Bind(sids);
        return [.. await find.ReadAsync(row => row.Sid(0, "VL"), ct)];
    }

    /// <summary>The newest attempt of each name that an account's carrier gave.</summary>
    async Task<Dictionary<string, Sid>> NamedAsync(NpgsqlConnection connection, Sid account, string carrier, List<string> names, CancellationToken ct)
    {
        if (names.Count == 0)
        {
            return [];
        }

        // The same condition as the index's, or it would not be used.
        await using var find = new NpgsqlCommand(
            """
            SELECT wanted.name, found.sid FROM unnest($1) AS wanted (name), LATERAL (
                SELECT sid FROM attempt
                WHERE carrier_message_id = wanted.name AND carrier <> 'sandbox' AND carrier = $2 AND account_sid = $3 AND sid >= $4
                ORDER BY sid DESC LIMIT 1) AS found
            """,
            connection);
        find.Parameters.Bind(names).Bind(carrier).Bind(account).Bind(Sid.FirstAt("VL", time.GetUtcNow() - FoundByName));
        return (await find.ReadAsync(row => (Name: row.GetString(0), Sid: row.Sid(1, "VL")), ct)).ToDictionary(row => row.Name, row => row.Sid);
    }
}
