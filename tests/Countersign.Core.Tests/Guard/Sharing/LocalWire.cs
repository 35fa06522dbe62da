using Countersign.Core.Guard.Sharing;

namespace Countersign.Core.Tests.Guard.Sharing;

/// <summary>Between the nodes of one process, without delay.</summary>
sealed class LocalWire : IGuardWire
{
    readonly List<Action<ReadOnlyMemory<byte>>> _listeners = [];

    public bool HasOthers => true;

    public int MaxBatchBytes => 400;

    public int Bytes { get; private set; }

    public void Deliver(ReadOnlyMemory<byte> batch) => _listeners.ForEach(listener => listener(batch));

    public Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        Bytes += batch.Length;
        Deliver(batch);
        return Task.CompletedTask;
    }

    public Task ListenAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct)
    {
        _listeners.Add(heard);
        return Task.Delay(Timeout.InfiniteTimeSpan, ct);
    }
}
