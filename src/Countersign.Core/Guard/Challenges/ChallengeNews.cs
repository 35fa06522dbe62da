using System.Buffers.Binary;
using Countersign.Core.Guard.Sharing;

namespace Countersign.Core.Guard.Challenges;

/// <summary>A solved challenge as nodes tell each other of it: keys and moments, nothing that a browser could hand in.</summary>
static class ChallengeNews
{
    /// <summary>What it is for (16 bytes), what tells it from others (8), when its time is over (8, Unix seconds), how much work it was (1).</summary>
    public const int Bytes = 16 + 8 + 8 + 1;

    /// <summary>Tells the other nodes at once of what lets the next start of a destination through.</summary>
    /// <exception cref="Verifications.StoreUnavailableException">They could not be told.</exception>
    public static Task TellHandedInAsync(SharedCounts shared, in SolvedChallenge solved, CancellationToken ct)
    {
        Span<byte> news = stackalloc byte[Bytes];
        Write(solved, news);
        return shared.TellAsync(NewsWriter.ChallengeHandedIn, news, ct);
    }

    public static void Write(in SolvedChallenge solved, Span<byte> to)
    {
        BinaryPrimitives.WriteUInt128BigEndian(to, solved.Key);
        BinaryPrimitives.WriteUInt64BigEndian(to[16..], solved.Id);
        BinaryPrimitives.WriteInt64BigEndian(to[24..], solved.Expires);
        to[32] = (byte)solved.Level;
    }

    public static bool TryRead(ReadOnlySpan<byte> news, out SolvedChallenge read)
    {
        if (news.Length != Bytes)
        {
            read = default;
            return false;
        }

        read = new SolvedChallenge(BinaryPrimitives.ReadUInt128BigEndian(news), BinaryPrimitives.ReadUInt64BigEndian(news[16..]), BinaryPrimitives.ReadInt64BigEndian(news[24..]), news[32]);
        return true;
    }
}
