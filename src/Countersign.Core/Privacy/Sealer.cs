using System.Buffers.Binary;
using System.Collections.Concurrent;
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

    const int NonceBytes = 12;
    const int TagBytes = 16;

    // AesGcm is not safe to share between threads and costs microseconds to make; a bag lends one at a time.
    readonly ConcurrentDictionary<int, ConcurrentBag<AesGcm>> _ciphers = new();

    /// <summary>Seals bytes under the active key. <paramref name="context"/> (a row's SID) must be given again to open them, so that a seal cannot be moved to another row.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> context)
    {
        var result = new byte[Overhead + plain.Length];
        BinaryPrimitives.WriteInt32LittleEndian(result, ring.Active.Id);
        var nonce = result.AsSpan(4, NonceBytes);
        random.Fill(nonce);

        var (cipher, bag) = Borrow(ring.Active);
        cipher.Encrypt(nonce, plain, result.AsSpan(Overhead), result.AsSpan(4 + NonceBytes, TagBytes), context);
        bag.Add(cipher);
        return result;
    }

    /// <summary>Opens a seal.</summary>
    /// <exception cref="CryptographicException">The bytes were changed, belong to another row, or their key is not in the ring.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> context)
    {
        if (sealedBytes.Length < Overhead)
        {
            throw new CryptographicException("A seal is shorter than its header.");
        }

        var key = ring.Find(BinaryPrimitives.ReadInt32LittleEndian(sealedBytes));
        var plain = new byte[sealedBytes.Length - Overhead];
        var (cipher, bag) = Borrow(key);
        cipher.Decrypt(sealedBytes.Slice(4, NonceBytes), sealedBytes[Overhead..], sealedBytes.Slice(4 + NonceBytes, TagBytes), plain, context);
        bag.Add(cipher);
        return plain;
    }

    (AesGcm Cipher, ConcurrentBag<AesGcm> Bag) Borrow(RingKey key)
    {
        var bag = _ciphers.GetOrAdd(key.Id, static _ => []);
        return (bag.TryTake(out var cipher) ? cipher : new AesGcm(key.Seals, TagBytes), bag);
    }
}
