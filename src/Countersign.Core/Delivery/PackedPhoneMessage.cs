using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Codes;

namespace Countersign.Core.Delivery;

/// <summary>
/// A message on a virtual phone as one array of bytes. A phone keeps many messages for long, and nearly all are never read: as objects, each of them was copied twice by the
/// garbage collector and looked at many times, while every request waited.
/// </summary>
readonly struct PackedPhoneMessage
{
    // Account 0, verification 16, moment 32, channel 40, then the lengths of address (42), phone (44; 0 where it is the address) and code (46), and the texts; the body is the last.
    const int Fixed = 48;

    readonly byte[]? _bytes;

    PackedPhoneMessage(byte[] bytes) => _bytes = bytes;

    public bool IsThere => _bytes is not null;

    /// <summary>The account that the message is of.</summary>
    public Sid Account => Sid.FromBytes("AC", _bytes);

    /// <summary>The phone that the message is on.</summary>
    public string Phone => Encoding.UTF8.GetString(PhoneBytes);

    ReadOnlySpan<byte> PhoneBytes => Length(44) == 0 ? _bytes.AsSpan(Fixed, Length(42)) : _bytes.AsSpan(Fixed + Length(42), Length(44));

    public static PackedPhoneMessage Pack(OutgoingMessage message, DateTimeOffset now)
    {
        var (to, phone, code, body) = (message.To.Reveal(), message.To.Identity, message.Code.Reveal(), message.Message.Text);
        phone = phone == to ? "" : phone;
        var lengths = (To: Encoding.UTF8.GetByteCount(to), Phone: Encoding.UTF8.GetByteCount(phone), Code: Encoding.UTF8.GetByteCount(code));
        var bytes = new byte[Fixed + lengths.To + lengths.Phone + lengths.Code + Encoding.UTF8.GetByteCount(body)];
        message.AccountSid.WriteTo(bytes);
        message.VerificationSid.WriteTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(32), now.UtcTicks);
        bytes[40] = checked((byte)message.Channel);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(42), checked((ushort)lengths.To));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(44), checked((ushort)lengths.Phone));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(46), checked((ushort)lengths.Code));
        var at = Fixed;
        at += Encoding.UTF8.GetBytes(to, bytes.AsSpan(at));
        at += Encoding.UTF8.GetBytes(phone, bytes.AsSpan(at));
        at += Encoding.UTF8.GetBytes(code, bytes.AsSpan(at));
        Encoding.UTF8.GetBytes(body, bytes.AsSpan(at));
        return new PackedPhoneMessage(bytes);
    }

    /// <summary>True if the message is on that phone.</summary>
    public bool IsOn(string phone)
    {
        var bytes = PhoneBytes;
        Span<byte> asked = stackalloc byte[bytes.Length];
        return Encoding.UTF8.TryGetBytes(phone, asked, out var written) && asked[..written].SequenceEqual(bytes);
    }

    public VirtualPhoneMessage Unpack()
    {
        var at = Fixed + Length(42) + Length(44);
        return new VirtualPhoneMessage
        {
            AccountSid = Account,
            To = Encoding.UTF8.GetString(_bytes.AsSpan(Fixed, Length(42))),
            Phone = Phone,
            Channel = (Channels.Channel)_bytes![40],
            Body = Encoding.UTF8.GetString(_bytes.AsSpan(at + Length(46))),
            Code = new OneTimeCode(Encoding.UTF8.GetString(_bytes.AsSpan(at, Length(46)))),
            SentAt = new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(_bytes.AsSpan(32)), TimeSpan.Zero),
            VerificationSid = Sid.FromBytes("VE", _bytes.AsSpan(16)),
        };
    }

    int Length(int at) => BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(at));
}
