using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Numbers;

namespace Countersign.Core.Privacy;

/// <summary>
/// Finds a destination without storing it: HMAC-SHA-256 over its identity, cut to 128 bits.
/// Numbers are few enough to try them all, so the key, not the hash, is what protects them.
/// </summary>
public sealed class DestinationIndex(KeyRing ring)
{
    /// <summary>The index value of a destination; the same in every service and on every node of the installation.</summary>
    public UInt128 Of(Destination destination)
    {
        var plain = destination.Identity;
        Span<byte> bytes = stackalloc byte[512];
        bytes = Encoding.UTF8.TryGetBytes(plain, bytes, out var written) ? bytes[..written] : Encoding.UTF8.GetBytes(plain);
        Span<byte> hash = stackalloc byte[KeyedHash.Bytes];
        ring.Index.DestinationHash.Hash(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>The index value that limits count a destination by (<see cref="Destination.Counted"/>), given its own.</summary>
    public UInt128 OfCounted(Destination destination, UInt128 own) => destination.Counted is var counted && ReferenceEquals(counted, destination) ? own : Of(counted);
}
