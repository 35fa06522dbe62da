using System.Buffers.Binary;
using System.Text;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// The messages of one outbox row: for each the verification's SID (16 bytes), the attempt's (16), and the caller's own code, sealed, with its length before it (2).
/// </summary>
static class OutboxEntries
{
    /// <summary>Bytes of a message without a code of the caller's own.</summary>
    public const int Fixed = 34;

    public static void Write(Stream bytes, Sid verification, Sid attempt, OneTimeCode? customCode, Sealer sealer)
    {
        var code = customCode is null ? [] : sealer.Seal(Encoding.UTF8.GetBytes(customCode.Reveal()), ContextOf(attempt));
        Span<byte> entry = stackalloc byte[Fixed];
        verification.WriteTo(entry);
        attempt.WriteTo(entry[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(entry[32..], (ushort)code.Length);
        bytes.Write(entry);
        bytes.Write(code);
    }

    public static List<OutboxEntry> Read(ReadOnlySpan<byte> bytes)
    {
        var entries = new List<OutboxEntry>();
        while (bytes.Length >= Fixed)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[32..]);
            entries.Add(new OutboxEntry(Sid.FromBytes("VE", bytes), Sid.FromBytes("VL", bytes[16..]), length == 0 ? null : bytes.Slice(Fixed, length).ToArray()));
            bytes = bytes[(Fixed + length)..];
        }

        return entries;
    }

    /// <summary>The caller's own code; null where there is none.</summary>
    public static OneTimeCode? Open(OutboxEntry entry, Sealer sealer) =>
        entry.SealedCode is null ? null : new OneTimeCode(Encoding.UTF8.GetString(sealer.Open(entry.SealedCode, ContextOf(entry.Attempt))));

    static byte[] ContextOf(Sid attempt) => Encoding.ASCII.GetBytes(attempt.ToString());
}

/// <summary>One message of an outbox row.</summary>
readonly record struct OutboxEntry(Sid Verification, Sid Attempt, byte[]? SealedCode);
