using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Guard.Sharing;

namespace Countersign.Core.Routing;

/// <summary>What became of a verification, as nodes tell each other of it: for the one that sent its message. The SID says which; there is no number and no code.</summary>
/// <param name="Verification">Which.</param>
/// <param name="Detail">What the kind of the news says besides: whether a receipt says delivered, or who took the next message; else 0.</param>
readonly record struct RouteNews(Sid Verification, ulong Detail = 0)
{
    const int SidBytes = 16;

    /// <summary>The code was typed back.</summary>
    public static void Converted(GuardNews? news, Sid verification) => Tell(news, NewsWriter.RouteConverted, verification, []);

    /// <summary>It says nothing of its message.</summary>
    public static void Dropped(GuardNews? news, Sid verification) => Tell(news, NewsWriter.RouteDropped, verification, []);

    /// <summary>A receipt came for its first message.</summary>
    public static void Received(GuardNews? news, Sid verification, bool delivered) => Tell(news, NewsWriter.RouteReceived, verification, [delivered ? (byte)1 : (byte)0]);

    /// <summary>It was asked for again, and this carrier took the message.</summary>
    public static void AskedAgain(GuardNews? news, Sid verification, CarrierKey carrier)
    {
        if (news is { HasOthers: true })
        {
            Span<byte> mark = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(mark, MarkOf(carrier));
            Tell(news, NewsWriter.RouteAskedAgain, verification, mark);
        }
    }

    /// <summary>What tells a carrier from the account's others, in eight bytes.</summary>
    public static ulong MarkOf(CarrierKey carrier)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(carrier.Name), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    /// <summary>False for news of another kind, and for what is too short for its own. What a newer version says at the end is passed over.</summary>
    public static bool TryRead(byte kind, ReadOnlySpan<byte> news, out RouteNews read)
    {
        var detail = kind switch
        {
            NewsWriter.RouteConverted or NewsWriter.RouteDropped => 0,
            NewsWriter.RouteReceived => 1,
            NewsWriter.RouteAskedAgain => sizeof(ulong),
            _ => -1,
        };
        read = default;
        if (detail < 0 || news.Length < SidBytes + detail)
        {
            return false;
        }

        var rest = news[SidBytes..];
        read = new(Sid.FromBytes("VE", news), detail switch { 0 => 0, 1 => rest[0], _ => BinaryPrimitives.ReadUInt64BigEndian(rest) });
        return true;
    }

    static void Tell(GuardNews? news, byte kind, Sid verification, ReadOnlySpan<byte> detail)
    {
        if (news is not { HasOthers: true })
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[SidBytes + sizeof(ulong)];
        verification.WriteTo(bytes);
        detail.CopyTo(bytes[SidBytes..]);
        news.Waiting.AddIfHalfFree(kind, bytes[..(SidBytes + detail.Length)]);
    }
}
