using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>A history that does not answer for some questions, as that of a database which is restarted.</summary>
sealed class ShakyHistory(IAttemptStore attempts) : IAttemptStore
{
    int _away;

    /// <summary>Questions that are not answered from now on.</summary>
    public int Away
    {
        get => Volatile.Read(ref _away);
        set => Volatile.Write(ref _away, value);
    }

    /// <summary>Questions are not answered at all, as by a database that stands still.</summary>
    public bool IsSilent { get; set; }

    public ValueTask<AttemptRecord?> FindAsync(Sid attempt, CancellationToken ct)
    {
        if (IsSilent)
            return new ValueTask<AttemptRecord?>(new TaskCompletionSource<AttemptRecord?>().Task);
        if (Away == 0)
            return attempts.FindAsync(attempt, ct);

        Away--;
        throw new StoreUnavailableException("It is restarted.");
    }

    public Task<AttemptSlice> ScanAsync(AttemptScan scan, CancellationToken ct) => attempts.ScanAsync(scan, ct);

    public Task AddAsync(AttemptRecord attempt, CancellationToken ct) => attempts.AddAsync(attempt, ct);

    public Task<ReceivedReceipts> TakeLeftAsync(CancellationToken ct) => attempts.TakeLeftAsync(ct);

    public Task FollowedAsync(IReadOnlyList<KeptReceipt> receipts, CancellationToken ct) => attempts.FollowedAsync(receipts, ct);

    /// <summary>The account whose receipts are not taken.</summary>
    public Sid? RefusesOf { get; set; }

    /// <summary>Whose receipts were taken, in order.</summary>
    public List<Sid> ReceivedOf { get; } = [];

    public Task<ReceivedReceipts> ReceiveAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct)
    {
        if (account == RefusesOf)
            return Task.FromException<ReceivedReceipts>(new StoreUnavailableException("It is restarted."));

        ReceivedOf.AddRange(receipts.Select(_ => account));
        return attempts.ReceiveAsync(account, carrier, receipts, ct);
    }
}
