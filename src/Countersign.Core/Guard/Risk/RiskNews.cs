using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Guard.Sharing;

namespace Countersign.Core.Guard.Risk;

/// <summary>A destination that was approved, as it is remembered and as nodes tell each other of it: hashes in the place of number, network and device.</summary>
/// <param name="Key">Of the destination within its service.</param>
/// <param name="At">When.</param>
/// <param name="Place">Where the device was, as far as it is known.</param>
/// <param name="Subnet">The network around its address; 0 for unknown.</param>
/// <param name="Device">Its fingerprint; 0 for unknown.</param>
readonly record struct RiskNews(ulong Key, DateTimeOffset At, GeoPlace Place, uint Subnet, uint Device)
{
    const int Bytes = 8 + 8 + 4 + 4 + 2 + 2 + 4 + 4 + 4;

    public void Tell(GuardNews? news)
    {
        if (news is not { HasOthers: true })
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Key);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], At.UtcTicks);
        BinaryPrimitives.WriteSingleBigEndian(bytes[16..], Place.Latitude);
        BinaryPrimitives.WriteSingleBigEndian(bytes[20..], Place.Longitude);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[24..], (ushort)Math.Clamp(Place.RadiusKm, 0, ushort.MaxValue));
        if (Place.Country is { Length: 2 } country)
        {
            (bytes[26], bytes[27]) = ((byte)country[0], (byte)country[1]);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes[28..], Place.Network);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[32..], Subnet);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[36..], Device);
        news.Waiting.Add(NewsWriter.RiskApproved, bytes);
    }

    public static bool TryRead(ReadOnlySpan<byte> news, DateTimeOffset now, out RiskNews read)
    {
        if (news.Length != Bytes || BinaryPrimitives.ReadUInt64BigEndian(news) == 0)
        {
            read = default;
            return false;
        }

        var ticks = Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(news[8..]), now.AddDays(-1).UtcTicks, now.UtcTicks);
        var place = new GeoPlace(
            news[26] == 0 ? null : Encoding.ASCII.GetString(news.Slice(26, 2)),
            BinaryPrimitives.ReadSingleBigEndian(news[16..]),
            BinaryPrimitives.ReadSingleBigEndian(news[20..]),
            BinaryPrimitives.ReadUInt16BigEndian(news[24..]),
            BinaryPrimitives.ReadUInt32BigEndian(news[28..]));
        read = new(
            BinaryPrimitives.ReadUInt64BigEndian(news), new DateTimeOffset(ticks, TimeSpan.Zero), place, BinaryPrimitives.ReadUInt32BigEndian(news[32..]), BinaryPrimitives.ReadUInt32BigEndian(news[36..]));
        return true;
    }
}
