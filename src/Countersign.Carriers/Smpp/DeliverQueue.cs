using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Countersign.Carriers.Smpp;

/// <summary>
/// What a centre delivers, on its way to the handler: beside the reader, so that answers to submits do not wait for the store, and in batches. Where it is full the
/// reader waits, and with it the centre.
/// </summary>
sealed partial class DeliverQueue(Func<IReadOnlyList<DeliverSm>, Task> handler, Func<Pdu, Task> answer, ILogger logger)
{
    const int Capacity = 256, Batch = 64;

    readonly Channel<DeliverSm> _queue = Channel.CreateBounded<DeliverSm>(Capacity);

    public ValueTask AddAsync(DeliverSm deliver, CancellationToken ct) => _queue.Writer.WriteAsync(deliver, ct);

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(ct))
            {
                var batch = new List<DeliverSm>();
                while (batch.Count < Batch && _queue.Reader.TryRead(out var deliver))
                {
                    batch.Add(deliver);
                }

                var status = await HandleAsync(batch);
                foreach (var deliver in batch)
                {
                    await answer(new DeliverSmResponse { Sequence = deliver.Sequence, Status = status });
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Closed. What was not acknowledged comes again.
        }
    }

    async Task<uint> HandleAsync(List<DeliverSm> batch)
    {
        try
        {
            await handler(batch);
            return CommandStatus.Ok;
        }
#pragma warning disable CA1031 // A worker's loop: the centre keeps what could not be kept here, and brings it again.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogNotKept(error, batch.Count);
            return CommandStatus.ReceiverTemporaryError;
        }
    }

    [LoggerMessage(3203, LogLevel.Error, "{Count} receipts could not be kept; the message centre is asked to bring them again")]
    partial void LogNotKept(Exception error, int count);
}
