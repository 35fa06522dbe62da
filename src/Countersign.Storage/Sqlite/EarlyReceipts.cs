using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Receipts that came before their attempt was recorded. They wait in the store, not in memory: the carrier was told that we have them. Bounded by account and age, so
/// that one account's flood takes no place of another's; what never finds its attempt was not ours. Only the writer's thread uses it.
/// </summary>
sealed class EarlyReceipts
{
    const int MaxWaiting = 10_000;

    static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    /// <summary>Old ones are looked for once in so long: a look at all of them for each receipt of a flood would hold up every write.</summary>
    static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(1);

    readonly Statement _insert;
    readonly Statement _find;
    readonly Statement _next;
    readonly Statement _delete;
    readonly Statement _deleteOld;
    readonly Statement _count;
    readonly Statement _oldest;
    readonly WriteContext _context;

    // May be more than there are, never less: while it is zero nothing has to be looked for.
    readonly Dictionary<Sid, int> _waiting = [];
    DateTimeOffset _cleanedAt = DateTimeOffset.MinValue;

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
        _next = context.Prepare("SELECT position, account_sid, carrier, attempt_sid, carrier_message_id FROM early_receipt WHERE position > ?1 ORDER BY position LIMIT ?2");
        _delete = context.Prepare("DELETE FROM early_receipt WHERE position = ?1");
        _deleteOld = context.Prepare("DELETE FROM early_receipt WHERE received_at < ?1");
        _count = context.Prepare("SELECT account_sid, count(*) FROM early_receipt GROUP BY account_sid");
        _oldest = context.Prepare("SELECT position, account_sid, received_at FROM early_receipt ORDER BY position LIMIT ?1");
        Count();
    }

    /// <summary>Nothing waits: nothing has to be looked for.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Keeps a receipt until its attempt is recorded.</summary>
    public void Keep(Sid account, string carrier, Receipt receipt)
    {
        if (IsFull(account) && (_context.Now - _cleanedAt).Duration() >= CleanEvery)
        {
            _cleanedAt = _context.Now;
            _deleteOld.Bind(_context.Now - MaxAge).Run();
            Count();
        }

        if (IsFull(account))
        {
            return;
        }

        _insert.Bind(account).Bind(carrier);
        (receipt.AttemptSid is { } attempt ? _insert.Bind(attempt) : _insert.Bind((byte[]?)null))
            .Bind(receipt.CarrierMessageId).Bind(ReceiptDocument.Write(receipt)).Bind(_context.Now).Run();
        _waiting[account] = _waiting.GetValueOrDefault(account) + 1;
    }

    /// <summary>What waits for an attempt, in the order in which it came.</summary>
    public IReadOnlyList<(long Position, Receipt Receipt)> Of(AttemptRecord attempt)
    {
        if (!_waiting.ContainsKey(attempt.AccountSid))
        {
            return [];
        }

        _find.Bind(attempt.Sid).Bind(attempt.CarrierMessageId).Bind(attempt.AccountSid).Bind(attempt.Carrier);
        return Read(_find, static row => (row.Long(0), ReceiptDocument.Read(row.Text(1))));
    }

    /// <summary>Those behind a position, up to so many, whoever's they are.</summary>
    public List<(long Position, Sid Account, string Carrier, Sid? Attempt, string? Message)> After(long position, int max)
    {
        _next.Bind(position).Bind((long)max);
        return Read(_next, static row => (row.Long(0), row.Sid(1, "AC"), row.Text(2), row.IsNull(3) ? (Sid?)null : row.Sid(3, "VL"), row.IsNull(4) ? null : row.Text(4)));
    }

    /// <summary>Takes some of an account out.</summary>
    public void Remove(Sid account, IEnumerable<long> positions)
    {
        var removed = 0;
        foreach (var position in positions)
        {
            _delete.Bind(position).Run();
            removed += _context.Changes;
        }

        if (removed > 0)
        {
            _context.OnCommit(() => Forget(account, removed));
        }
    }

    /// <summary>Removes what came before a moment among the oldest <paramref name="max"/>; returns how many.</summary>
    public int RemoveOld(DateTimeOffset cutoff, int max)
    {
        if (IsEmpty)
        {
            return 0;
        }

        _oldest.Bind((long)max);
        var old = Read(_oldest, static row => (Position: row.Long(0), Account: row.Sid(1, "AC"), At: row.Moment(2))).FindAll(row => row.At < cutoff);
        foreach (var (position, account, _) in old)
        {
            _delete.Bind(position).Run();
            _context.OnCommit(() => Forget(account, 1));
        }

        return old.Count;
    }

    List<T> Read<T>(Statement bound, Func<Statement, T> read) => _context.ReadWaiting("receipt", bound, read, position => _delete.Bind(position).Run());

    bool IsFull(Sid account) => _waiting.GetValueOrDefault(account) >= MaxWaiting;

    void Forget(Sid account, int count)
    {
        var left = _waiting.GetValueOrDefault(account) - count;
        if (left > 0)
        {
            _waiting[account] = left;
        }
        else
        {
            _waiting.Remove(account);
        }
    }

    void Count()
    {
        _waiting.Clear();
        while (_count.Read())
        {
            // Of one that is damaged nobody knows whose it is.
            if (_count.Bytes(0).Length == 16)
            {
                _waiting[_count.Sid(0, "AC")] = _count.Int(1);
            }
        }
    }
}
