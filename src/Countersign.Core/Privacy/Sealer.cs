using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Countersign.Core.Privacy;

/// <summary>
/// Seals what may not lie in the store in clear: AES-256-GCM with a random 96-bit nonce, bound to the row that it belongs to.
/// Layout: key id (4 bytes, little-endian), nonce (12), tag (16), ciphertext.
/// </summary>
public sealed class Sealer(KeyRing ring, RandomSource random)
{
    /// <summary>The ring that it seals with.</summary>
    public KeyRing Ring => ring;

    /// <summary>Bytes that a seal adds.</summary>
    public const int Overhead = 4 + NonceBytes + TagBytes;

    internal const int TagBytes = 16;
    const int NonceBytes = 12;

    /// <summary>Seals bytes under the active key. <paramref name="context"/> (a row's SID) must be given again to open them, so that a seal cannot be moved to another row.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> context)
    {
        var result = new byte[Overhead + plain.Length];
        BinaryPrimitives.WriteInt32LittleEndian(result, ring.Active.Id);
        var nonce = result.AsSpan(4, NonceBytes);
        random.Fill(nonce);

        ring.Active.Cipher.Value!.Encrypt(nonce, plain, result.AsSpan(Overhead), result.AsSpan(4 + NonceBytes, TagBytes), context);
        return result;
    }

    /// <summary>Opens a seal.</summary>
    /// <exception cref="CryptographicException">The bytes were changed or belong to another row.</exception>
    /// <exception cref="UnknownKeyException">Their key is not in the ring.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> context)
    {
        var plain = new byte[Math.Max(0, sealedBytes.Length - Overhead)];
        Open(sealedBytes, context, plain);
        return plain;
    }

    /// <summary>As above, into room for exactly what was sealed: <see cref="Overhead"/> less than the seal.</summary>
    public void Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> context, Span<byte> plain)
    {
        if (sealedBytes.Length < Overhead)
        {
            throw new CryptographicException("A seal is shorter than its header.");
        }

        var key = ring.Find(BinaryPrimitives.ReadInt32LittleEndian(sealedBytes));
        key.Cipher.Value!.Decrypt(sealedBytes.Slice(4, NonceBytes), sealedBytes[Overhead..], sealedBytes.Slice(4 + NonceBytes, TagBytes), plain, context);
    }
}
