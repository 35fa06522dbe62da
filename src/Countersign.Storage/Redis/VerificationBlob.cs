using System.Buffers.Binary;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.History;
using Countersign.Storage.Steps;

namespace Countersign.Storage.Redis;

/// <summary>
/// A verification as one value in Redis: fixed fields, big-endian, then code, sends and the sealed personal part. SID and version come first, so that "is it still what the
/// step saw" is a comparison of the first <see cref="PrefixLength"/> bytes.
/// </summary>
static class VerificationBlob
{
    public const int PrefixLength = 20;

    // SID 0, version 16, key 20, service 36, account 52, status 68, channel 69, checks 70, created 72, updated 80, expires 88, key of the ring 96, code length 100; then the
    // lengths of nonce (101), hash of a code that the caller chose (102) and sends (103), and these.
    const int Fixed = 104;

    public static byte[] Write(Sealer sealer, Verification verification, int version, UInt128 key) =>
        Write(verification, version, key, PersonalDocument.Seal(sealer, verification.Sid, verification.To, verification.Details));

    /// <summary>Writes a change; the personal part is sealed anew only where it changed, since that costs more than all the rest.</summary>
    public static byte[] Write(Sealer sealer, Verification verification, int version, RedisPlace before, VerificationDetails detailsBefore) =>
        ReferenceEquals(verification.Details, detailsBefore)
            ? Write(verification, version, before.Key, PersonalOf(before.Blob))
            : Write(sealer, verification, version, before.Key);

    public static StoredVerification Read(Sealer sealer, byte[] blob, RedisPlaceKind kind)
    {
        var row = ReadRow(blob, null);
        return Read(sealer, row, new RedisPlace(row.Key, blob, kind));
    }

    /// <summary>What only the history has: it is written back as one that was replaced.</summary>
    public static StoredVerification Read(Sealer sealer, HistoryRow row) => Read(sealer, row, new RedisPlace(row.Key, WriteRow(row), RedisPlaceKind.History));

    /// <summary>The row of a verification. <paramref name="opened"/> is what it says, where that is known already.</summary>
    public static HistoryRow ReadRow(ReadOnlyMemory<byte> blob, Verification? opened)
    {
        var bytes = blob.Span;
        var (nonce, custom, attempts) = (bytes[101], bytes[102], bytes[103] * SendAttemptBytes.PerAttempt);
        return new HistoryRow
        {
            Sid = SidOf(bytes),
            Version = BinaryPrimitives.ReadInt32BigEndian(bytes[16..]),
            Key = BinaryPrimitives.ReadUInt128BigEndian(bytes[20..]),
            ServiceSid = Sid.FromBytes("VA", bytes[36..]),
            AccountSid = Sid.FromBytes("AC", bytes[52..]),
            Status = (VerificationStatus)bytes[68],
            Channel = (Channel)bytes[69],
            Checks = BinaryPrimitives.ReadUInt16BigEndian(bytes[70..]),
            CreatedAt = Moment(bytes[72..]),
            UpdatedAt = Moment(bytes[80..]),
            ExpiresAt = Moment(bytes[88..]),
            Code = new CodeSeed
            {
                KeyId = BinaryPrimitives.ReadInt32BigEndian(bytes[96..]),
                Length = bytes[100],
                Nonce = bytes.Slice(Fixed, nonce).ToArray(),
                CustomHash = custom == 0 ? null : bytes.Slice(Fixed + nonce, custom).ToArray(),
            },
            Attempts = blob.Slice(Fixed + nonce + custom, attempts),
            Personal = blob[(Fixed + nonce + custom + attempts)..],
            Opened = opened,
        };
    }

    public static Sid SidOf(ReadOnlySpan<byte> blob) => Sid.FromBytes("VE", blob);

    static byte[] Write(Verification verification, int version, UInt128 key, ReadOnlySpan<byte> personal)
    {
        var attempts = new byte[verification.Attempts.Length * SendAttemptBytes.PerAttempt];
        SendAttemptBytes.Write(verification.Attempts, attempts);
        return Write(
            verification.Sid, version, key, verification.ServiceSid, verification.AccountSid, verification.Status, verification.Channel, verification.Checks,
            verification.CreatedAt, verification.UpdatedAt, verification.ExpiresAt, verification.Code, attempts, personal);
    }

    static byte[] WriteRow(HistoryRow row) => Write(
        row.Sid, row.Version, row.Key, row.ServiceSid, row.AccountSid, row.Status, row.Channel, row.Checks,
        row.CreatedAt, row.UpdatedAt, row.ExpiresAt, row.Code, row.Attempts.Span, row.Personal.Span);

    static byte[] Write(
        Sid sid, int version, UInt128 key, Sid service, Sid account, VerificationStatus status, Channel channel, int checks,
        DateTimeOffset createdAt, DateTimeOffset updatedAt, DateTimeOffset expiresAt, CodeSeed code, ReadOnlySpan<byte> attempts, ReadOnlySpan<byte> personal)
    {
        var custom = code.CustomHash ?? [];
        var blob = new byte[Fixed + code.Nonce.Length + custom.Length + attempts.Length + personal.Length];
        var bytes = blob.AsSpan();
        sid.WriteTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], version);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[20..], key);
        service.WriteTo(bytes[36..]);
        account.WriteTo(bytes[52..]);
        (bytes[68], bytes[69]) = (checked((byte)status), checked((byte)channel));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[70..], checked((ushort)checks));
        BinaryPrimitives.WriteInt64BigEndian(bytes[72..], createdAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(bytes[80..], updatedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(bytes[88..], expiresAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32BigEndian(bytes[96..], code.KeyId);
        bytes[100] = checked((byte)code.Length);
        (bytes[101], bytes[102]) = (checked((byte)code.Nonce.Length), checked((byte)custom.Length));
        bytes[103] = checked((byte)(attempts.Length / SendAttemptBytes.PerAttempt));
        code.Nonce.CopyTo(bytes[Fixed..]);
        custom.CopyTo(bytes[(Fixed + code.Nonce.Length)..]);
        attempts.CopyTo(bytes[(Fixed + code.Nonce.Length + custom.Length)..]);
        personal.CopyTo(bytes[(Fixed + code.Nonce.Length + custom.Length + attempts.Length)..]);
        return blob;
    }

    static ReadOnlySpan<byte> PersonalOf(byte[] blob) => blob.AsSpan(Fixed + blob[101] + blob[102] + blob[103] * SendAttemptBytes.PerAttempt);

    static StoredVerification Read(Sealer sealer, HistoryRow row, RedisPlace place) => new(row.Open(sealer), row.Version) { Place = place };

    static DateTimeOffset Moment(ReadOnlySpan<byte> bytes) => DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes));
}

/// <summary>Where a verification was found.</summary>
enum RedisPlaceKind
{
    /// <summary>It is the newest of its destination.</summary>
    ByKey,

    /// <summary>Another took its place; it is kept under its SID for a while.</summary>
    BySid,

    /// <summary>Only PostgreSQL has it any more.</summary>
    History,
}

/// <summary>Where a verification was found, and the bytes that were found there.</summary>
sealed record RedisPlace(UInt128 Key, byte[] Blob, RedisPlaceKind Kind);
