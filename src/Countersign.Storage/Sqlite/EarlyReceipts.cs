using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Receipts that came before their attempt was recorded. They wait in the store, not in memory: the carrier was told that we have them. Bounded in number and age; what
/// never finds its attempt was not ours. Only the writer's thread uses it.
/// </summary>
sealed class EarlyReceipts
{
    const int MaxWaiting = 10_000;

    static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    readonly Statement _insert;
    readonly Statement _find;
    readonly Statement _delete;
    readonly Statement _deleteOld;
    readonly Statement _count;
    readonly WriteContext _context;

    // May be more than there are, never less: while it is zero nothing has to be looked for.
    long _waiting;

    public EarlyReceipts(WriteContext context)
    {
        _context = context;
        _insert = context.Prepare(
            "INSERT INTO early_receipt (account_sid, carrier, attempt_sid, carrier_message_id, body, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _find = context.Prepare("""
            SELECT position, body FROM early_receipt
            WHERE position IN (SELECT position FROM early_receipt WHERE attempt_sid = ?1 UNION SELECT position FROM early_receipt WHERE carrier_message_id = ?2)
                AND account_sid = ?3 AND carrier = ?4
            ORDER BY position
            """);
        _delete = context.Prepare("DELETE FROM early_receipt WHERE position = ?1");
        _deleteOld = context.Prepare("DELETE FROM early_receipt WHERE received_at < ?1");
        _count = context.Prepare("SELECT count(*) FROM early_receipt");
        _waiting = Count();
    }

    /// <summary>Nothing waits: nothing has to be looked for.</summary>
    public bool IsEmpty => _waiting == 0;

    /// <summary>Keeps a receipt until its attempt is recorded.</summary>
    public void Keep(Sid account, string carrier, Receipt receipt)
    {
        if (_waiting >= MaxWaiting)
        {
            _deleteOld.Bind(_context.Now - MaxAge).Run();
            _waiting = Count();
            if (_waiting >= MaxWaiting)
            {
                return;
            }
        }

        _insert.Bind(account).Bind(carrier);
        (receipt.AttemptSid is { } attempt ? _insert.Bind(attempt) : _insert.Bind((byte[]?)null))
            .Bind(receipt.CarrierMessageId).Bind(ReceiptDocument.Write(receipt)).Bind(_context.Now).Run();
        _waiting++;
    }

    /// <summary>Takes out what waits for an attempt, in the order in which it came.</summary>
    public IReadOnlyList<Receipt> Take(AttemptRecord attempt)
    {
        if (_waiting == 0)
        {
            return [];
        }

        var found = new List<(long Position, Receipt Receipt)>();
        _find.Bind(attempt.Sid).Bind(attempt.CarrierMessageId).Bind(attempt.AccountSid).Bind(attempt.Carrier);
        while (_find.Read())
        {
            found.Add((_find.Long(0), ReceiptDocument.Read(_find.Text(1))));
        }

        foreach (var (position, _) in found)
        {
            _delete.Bind(position).Run();
        }

        if (found.Count > 0)
        {
            _context.OnCommit(() => _waiting -= found.Count);
        }

        return found.ConvertAll(entry => entry.Receipt);
    }

    long Count()
    {
        _count.Read();
        var count = _count.Long(0);
        _count.Reset();
        return count;
    }
}
