using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Privacy;

namespace Countersign.Core.Factors;

/// <summary>Finds an entity without its identity lying in the store: HMAC-SHA-256 over service and identity, cut to 128 bits.</summary>
public sealed class EntityIndex(KeyRing ring)
{
    /// <summary>The key of an identity's entity in a service; the same on every node of the installation.</summary>
    public EntityKey Of(Sid service, EntityIdentity identity) => new(service, Hash(service, 'i', Encoding.ASCII.GetBytes(identity.Reveal())));

    /// <summary>The value that a passkey's credential id is found by in a service.</summary>
    public UInt128 OfCredential(Sid service, ReadOnlySpan<byte> credentialId) => Hash(service, 'c', credentialId);

    UInt128 Hash(Sid service, char kind, ReadOnlySpan<byte> plain)
    {
        var bytes = new byte[17 + plain.Length];
        service.WriteTo(bytes);
        bytes[16] = (byte)kind;
        plain.CopyTo(bytes.AsSpan(17));
        Span<byte> hash = stackalloc byte[KeyedHash.Bytes];
        ring.Index.EntityHash.Hash(bytes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}

/// <summary>Names one entity: everything of one person in one service hangs on it.</summary>
/// <param name="ServiceSid">The service.</param>
/// <param name="Index">The keyed index value of service and identity (<see cref="EntityIndex"/>).</param>
public readonly record struct EntityKey(Sid ServiceSid, UInt128 Index);
