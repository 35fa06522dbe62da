using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core;
using Countersign.Core.Privacy;

namespace Countersign.Server.Api;

/// <summary>
/// The tokens of an account's pages of lists. Many lists are ordered by a number that counts the rows of all accounts, which would tell each how much the others do: so the place is sealed,
/// and the token of one account says nothing to another, nor to its own.
/// </summary>
sealed class ListTokens(Sealer sealer, Sid account)
{
    const int PlaceBytes = 8;

    // PA: the page after a place, PB: the page before it, as Twilio's tokens begin.
    const string After = "PA", Before = "PB";

    static readonly int Length = After.Length + Base64Url.GetEncodedLength(PlaceBytes + Sealer.Overhead);

    public string Write(PageCursor cursor)
    {
        Span<byte> place = stackalloc byte[PlaceBytes];
        BinaryPrimitives.WriteInt64BigEndian(place, cursor.Position);
        var prefix = cursor.Backwards ? Before : After;
        return prefix + Base64Url.EncodeToString(sealer.Seal(place, ContextOf(prefix)));
    }

    /// <summary>The place that a token of this account leads to; null for what no page has led to.</summary>
    public PageCursor? Read(string token)
    {
        if (token.Length != Length || token[..After.Length] is not (After or Before) || !Base64Url.IsValid(token.AsSpan(After.Length)))
        {
            return null;
        }

        try
        {
            var prefix = token[..After.Length];
            var place = sealer.Open(Base64Url.DecodeFromChars(token.AsSpan(prefix.Length)), ContextOf(prefix));
            return new PageCursor(BinaryPrimitives.ReadInt64BigEndian(place), prefix == Before);
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    byte[] ContextOf(string prefix) => Encoding.ASCII.GetBytes($"{prefix} of a list of {account}");
}
