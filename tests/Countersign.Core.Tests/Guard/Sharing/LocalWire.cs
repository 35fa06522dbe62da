using Countersign.Core.Guard.Sharing;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Guard.Sharing;

/// <summary>Between the nodes of one process, without delay.</summary>
sealed class LocalWire : IGuardWire
{
    readonly List<Action<ReadOnlyMemory<byte>>> _listeners = [];

    public bool HasOthers => true;

    public bool SeesOthers => false;

    public int MaxBatchBytes => 400;

    public int Bytes { get; private set; }

    /// <summary>Nothing can be sent.</summary>
    public bool IsAway { get; set; }

    public void Deliver(ReadOnlyMemory<byte> batch) => _listeners.ForEach(listener => listener(batch));

    public Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        if (IsAway)
        {
            return Task.FromException(new StoreUnavailableException("The wire is away.", new TimeoutException()));
        }

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
