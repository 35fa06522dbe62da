using System.Buffers.Binary;
using System.Text;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Redis;

/// <summary>What an entry of the outbox says of one message. The sealed code is the caller's own, and empty where there is none.</summary>
readonly record struct StoredMessage(Sid Verification, Sid Attempt, DateTimeOffset AskedAt, ReadOnlyMemory<byte> SealedCode);

/// <summary>
/// The bytes of an entry of the outbox: the number of its exchange (8), then for each message the length of the sealed code (2), the SIDs of verification and attempt (16
/// each), the moment (8) and the sealed code. What is to be sent is read from the verification.
/// </summary>
static class OutboxMessages
{
    public const int Head = 8;

    const int Fixed = 42;

    public static byte[] Write(Sid verification, SendAttempt attempt, OneTimeCode? code, Sealer sealer)
    {
        var sealedCode = code is null ? [] : sealer.Seal(Encoding.UTF8.GetBytes(code.Reveal()), Context(attempt.Sid));
        var bytes = new byte[Fixed + sealedCode.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)sealedCode.Length));
        verification.WriteTo(bytes.AsSpan(2));
        attempt.Sid.WriteTo(bytes.AsSpan(18));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(34), attempt.At.ToUnixTimeMilliseconds());
        sealedCode.CopyTo(bytes, Fixed);
        return bytes;
    }

    /// <summary>What is in an entry; no messages, and why, where it is not what an entry has: what it was about can never be sent.</summary>
    public static (long Exchange, List<StoredMessage> Messages, Exception? Problem) TryRead(byte[] entry)
    {
        try
        {
            var (exchange, messages) = Read(entry);
            return (exchange, messages, null);
        }
        catch (Exception problem) when (problem is ArgumentException or IndexOutOfRangeException)
        {
            return (0, [], problem);
        }
    }

    static (long Exchange, List<StoredMessage> Messages) Read(byte[] entry)
    {
        var messages = new List<StoredMessage>();
        for (var at = Head; at < entry.Length;)
        {
            var bytes = entry.AsSpan(at);
            int code = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            messages.Add(new StoredMessage(
                Sid.FromBytes("VE", bytes[2..]), Sid.FromBytes("VL", bytes[18..]), DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes[34..])),
                entry.AsMemory(at + Fixed, code)));
            at += Fixed + code;
        }

        return (BinaryPrimitives.ReadInt64BigEndian(entry), messages);
    }

    public static OneTimeCode? OpenCode(StoredMessage message, Sealer sealer) =>
        message.SealedCode.IsEmpty ? null : new OneTimeCode(Encoding.UTF8.GetString(sealer.Open(message.SealedCode.Span, Context(message.Attempt))));

    static byte[] Context(Sid attempt) => Encoding.ASCII.GetBytes(attempt.ToString());
}

/// <summary>An entry of a group's stream, and how many of its messages have no outcome yet.</summary>
sealed class OutboxEntry(int group, string id)
{
    public int Group => group;

    public string Id => id;

    public int Left { get; set; }

    /// <summary>It could not be read once.</summary>
    public bool WasAside { get; set; }
}
