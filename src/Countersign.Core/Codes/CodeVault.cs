using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Privacy;

namespace Countersign.Core.Codes;

/// <summary>
/// Makes codes when they are needed, so that none lies anywhere at rest: HMAC-SHA-256 under a ring key over a random nonce that the
/// verification keeps, turned into digits without modulo bias.
/// </summary>
public sealed class CodeVault(KeyRing ring, RandomSource random)
{
    /// <summary>Digits in a generated code.</summary>
    public const int MinLength = 4, MaxLength = 10;

    const int NonceBytes = 16;

    /// <summary>The seed of a new code under the active key.</summary>
    public CodeSeed NewSeed(int length)
    {
        var nonce = new byte[NonceBytes];
        random.Fill(nonce);
        return new CodeSeed { KeyId = ring.Active.Id, Nonce = nonce, Length = length };
    }

    /// <summary>
    /// The code of a seed. <paramref name="binding"/> is what the code is good for beside its verification (PSD2: amount and payee):
    /// another binding gives another code.
    /// </summary>
    public OneTimeCode Derive(CodeSeed seed, string binding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seed.Length, MinLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seed.Length, MaxLength);

        var codes = PowerOfTen(seed.Length);
        // The largest multiple of `codes` that fits: a draw at or above it is thrown away, or small codes would come more often.
        var limit = ulong.MaxValue - (ulong.MaxValue % codes + 1) % codes;

        Span<byte> hash = stackalloc byte[32];
        for (var round = 0; ; round++)
        {
            Hash(seed, (byte)round, binding, hash);
            for (var offset = 0; offset < hash.Length; offset += sizeof(ulong))
            {
                var draw = BinaryPrimitives.ReadUInt64BigEndian(hash[offset..]);
                if (draw <= limit)
                {
                    return new OneTimeCode((draw % codes).ToString($"D{seed.Length}", null));
                }
            }
        }
    }

    /// <summary>The keyed hash that is kept of a code that the caller chose, the same for small letters as for capital ones: a call speaks letters, and nobody hears which they are.</summary>
    public byte[] HashCustom(CodeSeed seed, string code, string binding) => HashAsWritten(seed, InCapitals(code), binding);

    /// <summary>What a server of before kept: it minded capitals.</summary>
    internal byte[] HashAsWritten(CodeSeed seed, string code, string binding)
    {
        var hash = new byte[32];
        Hash(seed, 0xff, binding + "\0" + code, hash);
        return hash;
    }

    /// <summary>Whether the typed text is the seed's code, however it was typed (<see cref="TypedCode"/>), in time that does not depend on where they differ.</summary>
    public bool Matches(CodeSeed seed, string typed, string binding)
    {
        typed = TypedCode.Plain(typed);
        return seed.CustomHash is null
            ? Derive(seed, binding).Matches(typed)
            : CryptographicOperations.FixedTimeEquals(seed.CustomHash, HashCustom(seed, typed, binding))
                // Both are always hashed.
                | CryptographicOperations.FixedTimeEquals(seed.CustomHash, HashAsWritten(seed, typed, binding));
    }

    /// <summary>ASCII alone: a code has no other letters, and nothing else that is typed may turn into one.</summary>
    static string InCapitals(string code) => string.Create(code.Length, code, static (capitals, given) =>
    {
        for (var i = 0; i < capitals.Length; i++)
        {
            capitals[i] = char.IsAsciiLetterLower(given[i]) ? (char)(given[i] - ('a' - 'A')) : given[i];
        }
    });

    void Hash(CodeSeed seed, byte round, string binding, Span<byte> hash)
    {
        var size = NonceBytes + 2 + Encoding.UTF8.GetMaxByteCount(binding.Length);
        Span<byte> input = size <= 256 ? stackalloc byte[256] : new byte[size];
        seed.Nonce.CopyTo(input);
        input[NonceBytes] = (byte)seed.Length;
        input[NonceBytes + 1] = round;
        var length = NonceBytes + 2 + Encoding.UTF8.GetBytes(binding, input[(NonceBytes + 2)..]);
        ring.Find(seed.KeyId).CodeHash.Hash(input[..length], hash);
    }

    static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}

/// <summary>What the store keeps of a code: never the code.</summary>
public sealed record CodeSeed
{
    /// <summary>The ring key that the code is derived with.</summary>
    public required int KeyId { get; init; }

    /// <summary>16 random bytes.</summary>
    public required byte[] Nonce { get; init; }

    /// <summary>Digits, 4 to 10.</summary>
    public required int Length { get; init; }

    /// <summary>Keyed hash of a code that the caller chose; null for a generated one.</summary>
    public byte[]? CustomHash { get; init; }
}
