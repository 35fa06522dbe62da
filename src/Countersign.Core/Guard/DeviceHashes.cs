using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Privacy;

namespace Countersign.Core.Guard;

/// <summary>What the fingerprint of a device is known by: keyed, so that what is kept with a verification cannot be tried out against lists of fingerprints.</summary>
static class DeviceHashes
{
    /// <summary>Of a start's <c>DeviceFingerprint</c>, made once; 0 where the caller passed none, and never else.</summary>
    public static ulong Of(StartFacts start, KeyRing ring) => start.Device ??= Of(start.Signals.Caller.DeviceFingerprint, ring);

    static ulong Of(string? fingerprint, KeyRing ring)
    {
        if (fingerprint is null)
        {
            return 0;
        }

        var most = Encoding.UTF8.GetMaxByteCount(fingerprint.Length);
        Span<byte> bytes = most <= 1024 ? stackalloc byte[1024] : new byte[most];
        Span<byte> hash = stackalloc byte[KeyedHash.Bytes];
        ring.Index.DeviceHash.Hash(bytes[..Encoding.UTF8.GetBytes(fingerprint, bytes)], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) | 1;
    }
}
