using System.Threading.Channels;
using Countersign.Core.Delivery.Receipts;

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

    /// <summary>Waits until receipts are due, and hands one batch in.</summary>
    public async Task RunOnceAsync(ReceiveReceipts receive, CancellationToken ct)
    {
        await _due.Reader.WaitToReadAsync(ct);
        var batch = new List<(Sid Account, Receipt Receipt)>();
        while (batch.Count < BatchSize && _due.Reader.TryRead(out var next))
        {
            batch.Add(next);
        }

        Interlocked.Add(ref _waiting, -batch.Count);
        foreach (var account in batch.GroupBy(next => next.Account, next => next.Receipt))
        {
            await receive.RunAsync(account.Key, CarrierDirectory.SandboxName, [.. account], CancellationToken.None);
        }
    }

    async Task WaitAsync(Sid account, Receipt receipt, TimeSpan delay)
    {
        await Task.Delay(delay, time);
        _due.Writer.TryWrite((account, receipt));
    }
}
