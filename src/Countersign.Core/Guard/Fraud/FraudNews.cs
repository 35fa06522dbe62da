using System.Buffers.Binary;
using System.Text;
using Countersign.Core.Guard.Sharing;

namespace Countersign.Core.Guard.Fraud;

/// <summary>A send or an answer as nodes tell each other of it: keys, which are hashes, in the place of numbers and addresses.</summary>
readonly record struct FraudNews(FraudKeys Keys, DateTimeOffset At, float Number, string Country)
{
    // Keys, moment (ticks of UTC), threshold or seconds, and the country's two letters.
    const int Bytes = FraudKeys.Bytes + 8 + 4 + 2;

    // Builds from before 2026-11-30 knew no devices: theirs lack that key, in the middle. Whatever comes later goes to the end, where it is passed over by who does not know it.
    const int WithoutDevice = Bytes - sizeof(ulong), BeforeDevice = 8 * sizeof(ulong);

    /// <summary>Has others told of a send, or of a start that was refused (<paramref name="kind"/>), judged by this threshold.</summary>
    public static void Judged(GuardNews? news, byte kind, in FraudKeys keys, string country, DateTimeOffset at, float threshold) => Add(news, kind, keys, at, threshold, country);

    /// <summary>Has others told of a code that was typed back (<paramref name="kind"/>: for the first message, or for one that was asked for again), so many seconds after it was sent.</summary>
    public static void Approved(GuardNews? news, byte kind, in FraudKeys keys, DateTimeOffset at, float secondsSince) => Add(news, kind, keys, at, secondsSince, "ZZ");

    public static bool TryRead(scoped ReadOnlySpan<byte> news, DateTimeOffset now, out FraudNews read)
    {
        Span<byte> widened = stackalloc byte[Bytes];
        if (news.Length == WithoutDevice)
        {
            news[..BeforeDevice].CopyTo(widened);
            news[BeforeDevice..].CopyTo(widened[(BeforeDevice + sizeof(ulong))..]);
            news = widened;
        }

        if (news.Length < Bytes)
        {
            read = default;
            return false;
        }

        var rest = news[FraudKeys.Bytes..];
        var ticks = Math.Clamp(BinaryPrimitives.ReadInt64BigEndian(rest), now.AddDays(-1).UtcTicks, now.UtcTicks);
        read = new(FraudKeys.Read(news), new DateTimeOffset(ticks, TimeSpan.Zero), BinaryPrimitives.ReadSingleBigEndian(rest[8..]), Encoding.ASCII.GetString(rest.Slice(12, 2)));
        return float.IsFinite(read.Number) && read.Number >= 0;
    }

    static void Add(GuardNews? news, byte kind, in FraudKeys keys, DateTimeOffset at, float number, string country)
    {
        if (news is not { HasOthers: true })
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[Bytes];
        keys.WriteTo(bytes);
        var rest = bytes[FraudKeys.Bytes..];
        BinaryPrimitives.WriteInt64BigEndian(rest, at.UtcTicks);
        BinaryPrimitives.WriteSingleBigEndian(rest[8..], number);
        (rest[12], rest[13]) = ((byte)country[0], (byte)country[1]);
        news.Waiting.Add(kind, bytes);
    }
}
