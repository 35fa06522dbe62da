using System.Buffers.Binary;
using Countersign.Core.Codes;

namespace Countersign.Storage.PostgreSql;

/// <summary>What a code is derived from, in one column: key of the ring (4 bytes, big-endian), length (1), nonce (16), keyed hash of a code that the caller chose (the rest).</summary>
static class CodeBytes
{
    const int Nonce = 5, CustomHash = 21;

    public static byte[] Write(CodeSeed code)
    {
        var bytes = new byte[CustomHash + (code.CustomHash?.Length ?? 0)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, code.KeyId);
        bytes[4] = (byte)code.Length;
        code.Nonce.CopyTo(bytes, Nonce);
        code.CustomHash?.CopyTo(bytes, CustomHash);
        return bytes;
    }

    public static CodeSeed Read(byte[] bytes) => new()
    {
        KeyId = BinaryPrimitives.ReadInt32BigEndian(bytes),
        Length = bytes[4],
        Nonce = bytes[Nonce..CustomHash],
        CustomHash = bytes.Length > CustomHash ? bytes[CustomHash..] : null,
    };
}
