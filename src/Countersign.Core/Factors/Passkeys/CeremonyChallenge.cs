using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Privacy;

namespace Countersign.Core.Factors.Passkeys;

/// <summary>What a challenge is for. The numbers lie in stores and in browsers.</summary>
public enum CeremonyKind
{
    /// <summary>Registers one factor.</summary>
    Registration = 1,

    /// <summary>Answers a challenge of one factor, which is kept.</summary>
    Known = 2,

    /// <summary>Answers with any passkey, of one person or of anybody; kept nowhere until then.</summary>
    Open = 3,
}

/// <summary>
/// The bytes that an authenticator signs. An answer names neither factor nor challenge, only these bytes, so they say what they are for: a kind, two SIDs, and 16 bytes that
/// nobody can guess. Those are drawn and kept where something is kept; of an open challenge they are a keyed hash over service, kind and SIDs, and of one that names a person over the relying party that is asked, so that nobody can make one up.
/// </summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Subject">The factor or challenge.</param>
/// <param name="Entity">The person; all zeros for anybody.</param>
/// <param name="Bytes">All of it.</param>
public sealed record CeremonyChallenge(CeremonyKind Kind, Sid Subject, Sid Entity, byte[] Bytes)
{
    /// <summary>Bytes of a challenge.</summary>
    public const int Length = 1 + 16 + 16 + TailBytes;

    const int TailBytes = 16;

    /// <summary>How long a browser has: what Twilio says too.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>What nobody can guess of one that is kept.</summary>
    public static byte[] Draw(RandomSource random)
    {
        var tail = new byte[TailBytes];
        random.Fill(tail);
        return tail;
    }

    /// <summary>One that is kept, with a tail from <see cref="Draw"/>.</summary>
    public static CeremonyChallenge New(CeremonyKind kind, Sid subject, Sid entity, byte[] tail)
    {
        var bytes = Head(kind, subject, entity);
        tail.CopyTo(bytes.AsSpan(Length - TailBytes));
        return new CeremonyChallenge(kind, subject, entity, bytes);
    }

    /// <summary>One that is kept nowhere.</summary>
    public static CeremonyChallenge NewOpen(Sid service, Sid challenge, Sid? entity, string relyingParty, KeyRing ring)
    {
        var bytes = Head(CeremonyKind.Open, challenge, entity ?? default);
        Tail(service, bytes, entity is null ? null : relyingParty, ring).CopyTo(bytes.AsSpan(Length - TailBytes));
        return new CeremonyChallenge(CeremonyKind.Open, challenge, entity ?? default, bytes);
    }

    /// <summary>Reads what a browser handed back; nothing of it is believed yet.</summary>
    public static bool TryRead(byte[] bytes, [NotNullWhen(true)] out CeremonyChallenge? challenge)
    {
        challenge = bytes.Length == Length && bytes[0] is >= 1 and <= 3
            ? new CeremonyChallenge((CeremonyKind)bytes[0], Sid.FromBytes(bytes[0] == 1 ? "YF" : "YC", bytes.AsSpan(1, 16)), Sid.FromBytes("YE", bytes.AsSpan(17, 16)), bytes)
            : null;
        return challenge is not null;
    }

    /// <summary>Whether an open challenge was made by this installation for this service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="relyingParty">The relying party that a person was asked for; null for a challenge that names nobody, and those of servers of before.</param>
    /// <param name="ring">The installation's keys.</param>
    public bool IsOurs(Sid service, string? relyingParty, KeyRing ring) =>
        CryptographicOperations.FixedTimeEquals(Bytes.AsSpan(Length - TailBytes), Tail(service, Bytes, relyingParty, ring));

    static byte[] Head(CeremonyKind kind, Sid subject, Sid entity)
    {
        var bytes = new byte[Length];
        bytes[0] = (byte)kind;
        subject.WriteTo(bytes.AsSpan(1));
        entity.WriteTo(bytes.AsSpan(17));
        return bytes;
    }

    static byte[] Tail(Sid service, ReadOnlySpan<byte> bytes, string? relyingParty, KeyRing ring)
    {
        const int Fixed = 17 + Length - TailBytes;
        Span<byte> plain = new byte[Fixed + Encoding.UTF8.GetByteCount(relyingParty ?? "")];
        service.WriteTo(plain);
        plain[16] = (byte)'o';
        bytes[..(Length - TailBytes)].CopyTo(plain[17..]);
        Encoding.UTF8.GetBytes(relyingParty ?? "", plain[Fixed..]);
        Span<byte> hash = stackalloc byte[KeyedHash.Bytes];
        ring.Index.EntityHash.Hash(plain, hash);
        return hash[..TailBytes].ToArray();
    }
}
