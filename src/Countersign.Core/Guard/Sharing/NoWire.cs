namespace Countersign.Core.Guard.Sharing;

/// <summary>Of a process that is alone with its store.</summary>
public sealed class NoWire : IGuardWire
{
    public static readonly NoWire Instance = new();

    NoWire()
    {
    }

    public bool HasOthers => false;

    public bool SeesOthers => false;

    public int MaxBatchBytes => 0;

    public Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct) => Task.CompletedTask;

    public Task ListenAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct);
}
