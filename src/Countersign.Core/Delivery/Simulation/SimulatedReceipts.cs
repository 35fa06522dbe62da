using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Verifications;

namespace Countersign.Core.Delivery.Simulation;

/// <summary>
/// The receipts that the sandbox has to send, each at its time, in memory only: what is waiting when the server stops is lost, as real receipts can be. Bounded: above the
/// bound a receipt is not sent.
/// </summary>
public sealed class SimulatedReceipts(TimeProvider time)
{
    const int MaxWaiting = 100_000;
    const int BatchSize = 256;

    readonly Channel<(Sid Account, Receipt Receipt)> _due = System.Threading.Channels.Channel.CreateUnbounded<(Sid, Receipt)>(new UnboundedChannelOptions { SingleReader = true });
    int _waiting;

    /// <summary>Has a receipt sent after its delay.</summary>
    public void Plan(Sid account, Receipt receipt, TimeSpan delay)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
        }
        else if (delay <= TimeSpan.Zero)
        {
            _due.Writer.TryWrite((account, receipt));
        }
        else
        {
            _ = WaitAsync(account, receipt, delay);
        }
    }

    /// <summary>Waits until receipts are due, and hands one batch in. One account's that fail hold up no other's: it fails when all were tried, and has what the store could not take now come again.</summary>
    public async Task RunOnceAsync(ReceiveReceipts receive, CancellationToken ct)
    {
        await _due.Reader.WaitToReadAsync(ct);
        var batch = new List<(Sid Account, Receipt Receipt)>();
        while (batch.Count < BatchSize && _due.Reader.TryRead(out var next))
        {
            batch.Add(next);
        }

        Interlocked.Add(ref _waiting, -batch.Count);
        ExceptionDispatchInfo? failed = null;
        foreach (var account in batch.GroupBy(next => next.Account, next => next.Receipt))
        {
            try
            {
                await receive.RunAsync(account.Key, CarrierDirectory.SandboxName, [.. account], CancellationToken.None);
            }
            catch (Exception problem)
            {
                failed = ExceptionDispatchInfo.Capture(problem);
                // What only a key is missing for would come again for ever, before those of others.
                if (WatchAlarms.IsAway(problem) && problem is not Privacy.UnknownKeyException)
                {
                    PutBack(account);
                }
            }
        }

        failed?.Throw();
    }

    void PutBack(IGrouping<Sid, Receipt> account)
    {
        foreach (var receipt in account)
        {
            Interlocked.Increment(ref _waiting);
            _due.Writer.TryWrite((account.Key, receipt));
        }
    }

    async Task WaitAsync(Sid account, Receipt receipt, TimeSpan delay)
    {
        await Task.Delay(delay, time);
        _due.Writer.TryWrite((account, receipt));
    }
}
