using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Countersign.Storage.Redis;

/// <summary>
/// Finds what is heard twice. When servers of Redis come back together, the library subscribes again as each of them does, and may then be subscribed at several; a cluster passes
/// on to all of them what was said once. Nobody says the same thing again as soon as this, but that it is here, which matters once.
/// </summary>
sealed class Echoes(TimeProvider clock)
{
    /// <summary>How much later than the voice an echo may come. Less than the second after which a node says again that it is here.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);

    readonly HashSet<UInt128> _heard = [];
    readonly Queue<(UInt128 Batch, long At)> _order = [];

    /// <summary>Whether the same was heard a moment ago. Not for several at a time.</summary>
    public bool IsEcho(ReadOnlySpan<byte> batch)
    {
        while (_order.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At) > Longest)
        {
            _heard.Remove(_order.Dequeue().Batch);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(batch, hash);
        var key = BinaryPrimitives.ReadUInt128BigEndian(hash);
        if (!_heard.Add(key))
        {
            return true;
        }

        _order.Enqueue((key, clock.GetTimestamp()));
        return false;
    }
}
