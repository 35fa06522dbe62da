using System.Buffers.Binary;
using Countersign.Core.Privacy;

namespace Countersign.Core.Guard.Remembering;

/// <summary>
/// What the keys of a memory are mixed with, so that nobody outside can choose things that push others out of it. From the key ring: the same on every node and after a restart.
/// </summary>
static class GuardSeed
{
    public static ulong Of(KeyRing ring, ReadOnlySpan<byte> memory)
    {
        Span<byte> hash = stackalloc byte[KeyedHash.Bytes];
        ring.Index.LimitHash.Hash(memory, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Another one each time, for a memory of its own.</summary>
    public static ulong Of(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
