using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Verifications;

namespace Countersign.Storage;

/// <summary>The sends of a verification as every store keeps them: for each its SID (16 bytes), its moment (8, big-endian milliseconds) and its channel (1).</summary>
static class SendAttemptBytes
{
    public const int PerAttempt = 25;

    /// <summary>In the byte of the channel: the send does not count.</summary>
    const int FreeBit = 0x80;

    public static byte[] Write(ImmutableArray<SendAttempt> attempts)
    {
        var bytes = new byte[attempts.Length * PerAttempt];
        Write(attempts, bytes);
        return bytes;
    }

    public static void Write(ImmutableArray<SendAttempt> attempts, Span<byte> bytes)
    {
        foreach (var attempt in attempts)
        {
            attempt.Sid.WriteTo(bytes);
            BinaryPrimitives.WriteInt64BigEndian(bytes[16..], attempt.At.ToUnixTimeMilliseconds());
            bytes[24] = (byte)((int)attempt.Channel | (attempt.Free ? FreeBit : 0));
            bytes = bytes[PerAttempt..];
        }
    }

    public static ImmutableArray<SendAttempt> Read(ReadOnlySpan<byte> bytes)
    {
        var attempts = new SendAttempt[bytes.Length / PerAttempt];
        for (var i = 0; i < attempts.Length; i++)
        {
            var entry = bytes.Slice(i * PerAttempt, PerAttempt);
            attempts[i] = new SendAttempt(
                Sid.FromBytes("VL", entry), DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(entry[16..])), (Channel)(entry[24] & ~FreeBit), (entry[24] & FreeBit) != 0);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(attempts);
    }
}
