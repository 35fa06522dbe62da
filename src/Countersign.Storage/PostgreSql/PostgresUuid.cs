using System.Buffers.Binary;
using Countersign.Core;

namespace Countersign.Storage.PostgreSql;

/// <summary>128-bit values as uuid columns, which sort as the values do.</summary>
static class PostgresUuid
{
    public static Guid ToUuid(this UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new Guid(bytes, bigEndian: true);
    }

    public static Guid ToUuid(this Sid sid) => sid.Value.ToUuid();

    public static Sid ToSid(this Guid uuid, string prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return Sid.FromBytes(prefix, bytes);
    }

    public static UInt128 ToValue(this Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
