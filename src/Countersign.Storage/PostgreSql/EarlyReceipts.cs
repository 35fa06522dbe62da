using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Insight;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// Receipts that came before their attempt was recorded, most likely by another node. Both sides commit what they have and then look for the other's: whoever commits last
/// finds both. They wait in the store, since the carrier was told that we have them. Bounded by account, so that one account's flood takes no place of another's, and by age:
/// what never finds its attempt was not ours.
/// </summary>
sealed class EarlyReceipts(PostgresDatabase database, RollupSlots slots, EventMaker maker, PostgresEventStore events, Sealer sealer, TimeProvider time)
{
    /// <summary>True when any receipt waits. Costs next to nothing while none does: whoever records attempts may send it along, after the commit, and spare the rest.</summary>
    public const string AnySql = "SELECT EXISTS (SELECT FROM early_receipt)";

    /// <summary>Receipts of one account that may wait.</summary>
    const int MaxWaiting = 10_000;

    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    /// <summary>
    /// Applies what came before attempts that were just recorded, and takes it out, but for what has to be followed first (<see cref="ReceivedReceipts.Kept"/>). Called after the commit that recorded them.
    /// </summary>
    public async Task<ReceivedReceipts> TakeEarlyAsync(IReadOnlyList<Sid> attempts, CancellationToken ct)
    {
        var any = attempts.Count > 0 && await database.RunAsync(
            async connection =>
            {
                await using var look = new NpgsqlCommand(AnySql, connection);
                return await look.ExecuteScalarAsync(ct) is true;
            },
            ct);
        return any ? await database.TransactAsync(connection => TakeAsync(connection, attempts, ct), ct) : ReceivedReceipts.None;
    }

    /// <summary>Removes what was kept until it was followed.</summary>
    public Task FollowedAsync(IReadOnlyList<KeptReceipt> receipts, CancellationToken ct) => database.RunAsync(connection => DeleteAsync(connection, receipts.Select(receipt => receipt.Position)), ct);

    /// <summary>Keeps receipts until their attempt is recorded, within the caller's transaction.</summary>
    public async Task KeepAsync(NpgsqlConnection connection, Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        var free = MaxWaiting - await CountAsync(connection, account, ct);
        if (free < receipts.Count)
        {
            await using var delete = new NpgsqlCommand("DELETE FROM early_receipt WHERE account_sid = $1 AND received_at < $2", connection);
            delete.Parameters.Bind(account).Bind(time.GetUtcNow() - MaxAge);
            free += await delete.ExecuteNonQueryAsync(ct);
        }

        await using var batch = new NpgsqlBatch(connection);
        foreach (var receipt in receipts.Take(Math.Max(free, 0)))
        {
            var insert = new NpgsqlBatchCommand(
                "INSERT INTO early_receipt (account_sid, carrier, attempt_sid, carrier_message_id, body, received_at) VALUES ($1, $2, $3, $4, $5, $6)");
            insert.Parameters.Bind(account).Bind(carrier).Bind(receipt.AttemptSid).Bind(receipt.CarrierMessageId).Bind(ReceiptDocument.Write(receipt)).Bind(time.GetUtcNow());
            batch.BatchCommands.Add(insert);
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    async Task<ReceivedReceipts> TakeAsync(NpgsqlConnection connection, IReadOnlyList<Sid> attempts, CancellationToken ct)
    {
        // Locked first: of two who look for the same, the second finds what the first has made of it.
        var found = await PostgresAttemptRows.LockAsync(connection, attempts, ct);
        var wanted = found.Values.Where(attempt => attempt.Carrier is not null).ToList();
        if (wanted.Count == 0)
        {
            return ReceivedReceipts.None;
        }

        await using var take = new NpgsqlCommand(
            """
            SELECT position, wanted.sid, body FROM early_receipt, unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) AS wanted (sid, message_id, account, carrier)
            WHERE early_receipt.account_sid = wanted.account AND early_receipt.carrier = wanted.carrier
                AND (early_receipt.attempt_sid = wanted.sid OR early_receipt.carrier_message_id = wanted.message_id)
            """,
            connection);
        take.Parameters.Bind(wanted.Select(attempt => attempt.Sid)).Bind(wanted.Select(attempt => attempt.CarrierMessageId!))
            .Bind(wanted.Select(attempt => attempt.AccountSid)).Bind(wanted.Select(attempt => attempt.Carrier!));
        var taken = await take.ReadAsync(row => (Position: row.GetInt64(0), Sid: row.Sid(1, "VL"), Receipt: ReceiptDocument.Read(row.GetString(2))), ct);

        var changed = new List<(AttemptRecord Before, AttemptRecord After)>();
        var again = new List<AttemptRecord>();
        var kept = new List<KeptReceipt>();
        foreach (var group in taken.GroupBy(entry => entry.Sid))
        {
            var attempt = found[group.Key];
            var after = group.OrderBy(entry => entry.Position).Aggregate(attempt, (current, entry) => AttemptStatuses.After(current, entry.Receipt, time.GetUtcNow()) ?? current);
            if (after != attempt)
            {
                changed.Add((attempt, after));
            }
            else if (group.Any(entry => AttemptStatuses.IsSaidAgain(attempt, entry.Receipt)))
            {
                again.Add(attempt);
            }

            kept.AddRange(group.Where(entry => AttemptStatuses.IsSaidAgain(after, entry.Receipt)).Select(entry => new KeptReceipt(after.Sid, entry.Position)));
        }

        await WriteAsync(connection, changed);
        await DeleteAsync(connection, taken.Select(entry => entry.Position).Except(kept.Select(receipt => receipt.Position)));
        return new ReceivedReceipts(changed.ConvertAll(change => change.After), again) { Kept = kept };
    }

    static async Task<int> DeleteAsync(NpgsqlConnection connection, IEnumerable<long> positions)
    {
        long[] all = [.. positions];
        if (all.Length == 0)
        {
            return 0;
        }

        await using var delete = new NpgsqlCommand("DELETE FROM early_receipt WHERE position = ANY ($1)", connection) { Parameters = { new NpgsqlParameter<long[]> { TypedValue = all } } };
        return await delete.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Writes attempts that receipts have changed, and what they add to the rollup, within the caller's transaction.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, IEnumerable<(AttemptRecord Before, AttemptRecord After)> changed)
    {
        await using var batch = new NpgsqlBatch(connection);
        var deltas = new RollupDeltas();
        List<AttemptRecord>? wanted = null;
        foreach (var (before, after) in changed)
        {
            if (maker.IsWanted(before, after))
            {
                (wanted ??= []).Add(after);
            }

            batch.BatchCommands.Add(PostgresAttemptRows.Update(after));
            Rollup.CountReceipt(deltas, before, after);
        }

        var rows = new RollupArrays(RollupArrays.All);
        foreach (var (key, counts) in deltas.InOrder())
        {
            rows.Add(key, counts);
        }

        if (rows.Count > 0)
        {
            var add = new NpgsqlBatchCommand(RollupArrays.AddSql(RollupArrays.All));
            rows.Bind(add.Parameters, slots.ForReceipts());
            batch.BatchCommands.Add(add);
        }

        if (wanted is not null)
        {
            var verifications = await ReadAsync(connection, wanted);
            events.AddTo(batch, wanted.SelectMany(attempt => maker.OfReceipt(attempt, verifications.GetValueOrDefault(attempt.VerificationSid))));
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    /// <summary>Whose messages they are. One that is still on its way here from Redis is missing.</summary>
    async Task<Dictionary<Sid, Verification>> ReadAsync(NpgsqlConnection connection, List<AttemptRecord> attempts)
    {
        var sids = attempts.Select(attempt => attempt.VerificationSid).Distinct().ToList();
        await using var find = new NpgsqlCommand($"SELECT {VerificationColumns.List} FROM verification v WHERE v.sid = ANY ($1)", connection);
        find.Parameters.Bind(sids);
        var found = await find.ReadAsync(
            row =>
            {
                try
                {
                    return VerificationColumns.Read(row, sealer).Verification;
                }
                catch (Exception problem) when (problem is not NpgsqlException)
                {
                    // Damaged, of a newer version, or sealed with a key that is not here: its event says less, and it holds up no others.
                    return null;
                }
            },
            CancellationToken.None);
        return found.OfType<Verification>().ToDictionary(verification => verification.Sid);
    }

    static async Task<int> CountAsync(NpgsqlConnection connection, Sid account, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand("SELECT count(*)::integer FROM (SELECT FROM early_receipt WHERE account_sid = $1 LIMIT $2) AS waiting", connection);
        count.Parameters.Bind(account).Bind((long)MaxWaiting);
        return (int)(await count.ExecuteScalarAsync(ct))!;
    }
}
