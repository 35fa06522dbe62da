using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Privacy;

namespace Countersign.Core.Guard.Challenges;

/// <summary>
/// Makes challenges and recognises their solutions, with nothing kept in between: everything is in the salt and the signature, so any node with the same key ring does either, also while the ring is being
/// rotated: the key is that of the index, which stays.
/// The signature is 16 bytes that authenticate service, salt, challenge and the other 16; and these hold the (service, destination) that it is for, veiled by bytes that only the
/// key and the random salt give. So whoever holds two challenges cannot tell whether they are for one number.
/// </summary>
public sealed class ChallengeSeal(KeyRing ring, RandomSource random)
{
    const int HalfBytes = 16;
    const int HashBytes = 32;
    const int NonceBytes = 12;
    const byte MacPurpose = 1, VeilPurpose = 2;

    // 24 digits, "?expires=", 1 to 12 digits, "&effort=", a digit, "&". The last one keeps the number's digits apart from the salt's.
    const int MaxSaltBytes = 56;

    /// <summary>A challenge of a level (0 to <see cref="Challenge.MaxLevel"/>) for a service and destination (<see cref="Verifications.VerificationStep.KeyOf"/>), good until a moment, in whole seconds.</summary>
    public Challenge New(Sid service, UInt128 key, int level, long expires)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)level, (uint)Challenge.MaxLevel);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        random.Fill(nonce);
        var salt = string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(nonce)}?expires={expires}&effort={level}&");
        Span<byte> saltBytes = stackalloc byte[MaxSaltBytes];
        saltBytes = saltBytes[..Encoding.ASCII.GetBytes(salt, saltBytes)];

        var max = Challenge.MaxNumberOf(level);
        Span<byte> hash = stackalloc byte[HashBytes];
        Solve(saltBytes, NumberUpTo(max), hash);
        Span<byte> signature = stackalloc byte[HashBytes];
        BinaryPrimitives.WriteUInt128BigEndian(signature[HalfBytes..], key ^ Veil(ring.Index, saltBytes));
        Authenticate(ring.Index, service, saltBytes, hash, signature[HalfBytes..], signature);
        return new Challenge(Convert.ToHexStringLower(hash), max, salt, Convert.ToHexStringLower(signature), DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>What a payload says, if it is the solution of a challenge that was made for the service. Whether its time is over, or it was used, is for others to say.</summary>
    public ChallengeProblem? Open(Sid service, string payload, out SolvedChallenge solved)
    {
        solved = default;
        if (ChallengeSolution.Read(payload) is not { } solution)
        {
            return ChallengeProblem.Malformed;
        }

        // Nothing of it is believed, or even read, before this.
        if (!IsOf(ring.Index, service, solution) || !TryReadTerms(solution.Salt, out var expires, out var level))
        {
            return ChallengeProblem.Wrong;
        }

        Span<byte> hash = stackalloc byte[HashBytes];
        Solve(solution.Salt, solution.Number, hash);
        if (!hash.SequenceEqual(solution.Hash))
        {
            return ChallengeProblem.Wrong;
        }

        var veiled = BinaryPrimitives.ReadUInt128BigEndian(solution.Signature.AsSpan(HalfBytes));
        solved = new SolvedChallenge(veiled ^ Veil(ring.Index, solution.Salt), BinaryPrimitives.ReadUInt64BigEndian(solution.Signature), expires, level);
        return null;
    }

    static bool IsOf(RingKey key, Sid service, ChallengeSolution solution)
    {
        Span<byte> expected = stackalloc byte[HashBytes];
        Authenticate(key, service, solution.Salt, solution.Hash, solution.Signature.AsSpan(HalfBytes), expected);
        return CryptographicOperations.FixedTimeEquals(expected[..HalfBytes], solution.Signature.AsSpan(0, HalfBytes));
    }

    /// <summary>Writes the first 16 bytes of the signature. All parts but the salt have a fixed length, and that comes last.</summary>
    static void Authenticate(RingKey key, Sid service, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> veiled, Span<byte> signature)
    {
        Span<byte> message = stackalloc byte[1 + 16 + HashBytes + HalfBytes + 128];
        message[0] = MacPurpose;
        service.WriteTo(message[1..]);
        hash.CopyTo(message[17..]);
        veiled.CopyTo(message[(17 + HashBytes)..]);
        salt.CopyTo(message[(17 + HashBytes + HalfBytes)..]);
        Span<byte> mac = stackalloc byte[KeyedHash.Bytes];
        key.ChallengeHash.Hash(message[..(17 + HashBytes + HalfBytes + salt.Length)], mac);
        mac[..HalfBytes].CopyTo(signature);
    }

    static UInt128 Veil(RingKey key, ReadOnlySpan<byte> salt)
    {
        Span<byte> message = stackalloc byte[1 + 128];
        message[0] = VeilPurpose;
        salt.CopyTo(message[1..]);
        Span<byte> mac = stackalloc byte[KeyedHash.Bytes];
        key.ChallengeHash.Hash(message[..(1 + salt.Length)], mac);
        return BinaryPrimitives.ReadUInt128BigEndian(mac);
    }

    /// <summary>SHA-256 over the salt and the number's decimal digits, as ALTCHA has it.</summary>
    internal static void Solve(ReadOnlySpan<byte> salt, int number, Span<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[128 + 11];
        salt.CopyTo(bytes);
        Utf8Formatter.TryFormat(number, bytes[salt.Length..], out var digits);
        SHA256.HashData(bytes[..(salt.Length + digits)], hash);
    }

    int NumberUpTo(int max)
    {
        Span<byte> bytes = stackalloc byte[8];
        random.Fill(bytes);
        return (int)(((UInt128)BinaryPrimitives.ReadUInt64LittleEndian(bytes) * (uint)(max + 1)) >> 64);
    }

    static bool TryReadTerms(ReadOnlySpan<byte> salt, out long expires, out int level)
    {
        (expires, level) = (0, 0);
        const int start = 2 * NonceBytes;
        if (salt.Length <= start || !salt[start..].StartsWith("?expires="u8) || !Utf8Parser.TryParse(salt[(start + 9)..], out expires, out var digits))
        {
            return false;
        }

        var rest = salt[(start + 9 + digits)..];
        return rest.StartsWith("&effort="u8) && Utf8Parser.TryParse(rest[8..], out level, out _);
    }
}

/// <summary>A challenge that was solved.</summary>
/// <param name="Key">What it is for: <see cref="Verifications.VerificationStep.KeyOf"/> of service and destination.</param>
/// <param name="Id">Tells it from every other.</param>
/// <param name="Expires">When its time is over, in Unix seconds.</param>
/// <param name="Level">How much work it was, 0 to <see cref="Challenge.MaxLevel"/>.</param>
public readonly record struct SolvedChallenge(UInt128 Key, ulong Id, long Expires, int Level = 0)
{
    /// <summary>Whether it pays for a start of which so much work is asked now. What many at once make it cost beyond that is not asked for again.</summary>
    public bool PaysFor(int effort) => Level >= Math.Clamp(effort, 0, Challenge.MaxEffort) - Challenge.Tolerance;
}
