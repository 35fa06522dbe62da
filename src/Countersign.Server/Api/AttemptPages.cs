using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Countersign.Core;
using Countersign.Core.Privacy;

namespace Countersign.Server.Api;

/// <summary>
/// The tokens of pages of attempts. A page may end behind an attempt of another account, where it has looked at enough of them: so the place is sealed, and the token of one account says
/// nothing to another, nor to its own.
/// </summary>
sealed class AttemptPages(Sealer sealer)
{
    /// <summary>Characters of a token.</summary>
    public const int Length = 66;

    const string Prefix = "PA";
    const int PlaceBytes = 16;

    public string TokenOf(Sid account, UInt128 place)
    {
        Span<byte> bytes = stackalloc byte[PlaceBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, place);
        return Prefix + Base64Url.EncodeToString(sealer.Seal(bytes, ContextOf(account)));
    }

    /// <summary>The place that a token of this account leads to; false for what no page has led to.</summary>
    public bool TryRead(Sid account, string token, [NotNullWhen(true)] out UInt128? place)
    {
        place = null;
        if (token.Length != Length || !token.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(token.AsSpan(Prefix.Length)))
        {
            return false;
        }

        try
        {
            place = BinaryPrimitives.ReadUInt128BigEndian(sealer.Open(Base64Url.DecodeFromChars(token.AsSpan(Prefix.Length)), ContextOf(account)));
            return true;
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            return false;
        }
    }

    static byte[] ContextOf(Sid account) => System.Text.Encoding.ASCII.GetBytes("page of attempts " + account);
}
