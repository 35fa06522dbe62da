using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Core.Guard.Limits;

/// <summary>The keys that limits count by, all made here: keyed hashes of values that may be personal, or SIDs, told apart by the limit.</summary>
public sealed class LimitKeys(KeyRing ring)
{
    readonly DestinationIndex _index = new(ring);

    /// <summary>The key of something that has 128 bits of its own, a SID or an index value, for one limit.</summary>
    public static UInt128 Of(UInt128 value, LimitKind kind) => value ^ ((UInt128)(uint)kind * new UInt128(0x9e3779b97f4a7c15, 0xf39cc0605cedc835));

    /// <summary>The key of a destination within a service.</summary>
    public static UInt128 OfDestination(StartFacts start, LimitKind kind) => OfDestination(start.Service.Sid, start.CountedKey, kind);

    /// <inheritdoc cref="OfDestination(StartFacts, LimitKind)"/>
    public static UInt128 OfDestination(Sid service, UInt128 destination, LimitKind kind) => Of(VerificationStep.KeyOf(service, destination), kind);

    /// <summary>The same for whoever is where the destination was approved from: counted apart from everybody else.</summary>
    public static UInt128 OfDestinationAtHome(StartFacts start, LimitKind kind) => ~OfDestination(start, kind);

    /// <summary>The index value to count a verification's destination by, given the destination's own.</summary>
    public UInt128 Counted(Verification verification, UInt128 destination) => _index.OfCounted(verification.To, destination);

    /// <summary>A destination and the network of a device, within a service: what <see cref="KnownPlaces"/> knows.</summary>
    public UInt128 OfPlace(Sid service, UInt128 destination, IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return NetworkOf(service, bytes[..address.WriteBytes(bytes)]) ^ destination;
    }

    /// <summary>The same of a start and one of its destinations; null where the caller passed no address.</summary>
    public UInt128? OfPlace(StartFacts start, UInt128 destination) => OfAddress(start) is { } address ? address.Network ^ destination : null;

    /// <summary>The key of a value that a caller counts by, in a bucket.</summary>
    public UInt128 OfValue(Sid bucket, string value) => Hash(bucket, Encoding.UTF8.GetBytes(value));

    /// <summary>
    /// The keys of a device's address and of its network within a service: a whole IPv4 address and its /24; of an IPv6 address the /64, all of which one line has, and its /48.
    /// Null where the caller passed none.
    /// </summary>
    public (UInt128 Ip, UInt128 Network)? OfAddress(StartFacts start)
    {
        if (start.DeviceIp is not { } address)
        {
            return null;
        }

        if (start.AddressKeys is null)
        {
            Span<byte> bytes = stackalloc byte[16];
            var whole = bytes[..address.WriteBytes(bytes)];
            start.AddressKeys = (Of(Hash(start.Service.Sid, whole[..(whole.Length == 4 ? 4 : 8)]), LimitKind.Ip), NetworkOf(start.Service.Sid, whole));
        }

        return start.AddressKeys;
    }

    UInt128 NetworkOf(Sid service, ReadOnlySpan<byte> address) => Of(Hash(service, address[..(address.Length == 4 ? 3 : 6)]), LimitKind.Network);

    UInt128 Hash(Sid scope, ReadOnlySpan<byte> value)
    {
        var length = 16 + value.Length;
        Span<byte> bytes = length <= 512 ? stackalloc byte[512] : new byte[length];
        scope.WriteTo(bytes);
        value.CopyTo(bytes[16..]);
        Span<byte> hash = stackalloc byte[KeyedHash.Bytes];
        ring.Index.LimitHash.Hash(bytes[..length], hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
