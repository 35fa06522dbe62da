using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Countersign.Carriers;

/// <summary>Compares signatures and secrets in time that does not tell how much of them is right.</summary>
static class SignatureText
{
    /// <summary>Whether two texts are the same, whatever their lengths.</summary>
    public static bool Same(string? given, string expected) =>
        given is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    /// <summary>Whether a text is these bytes in hex, in either case.</summary>
    public static bool IsHex(string? given, byte[] expected) => Same(given?.ToLowerInvariant(), Convert.ToHexStringLower(expected));

    /// <summary>Whether a text is these bytes in Base64. The text is compared, as several texts decode to the same bytes.</summary>
    public static bool IsBase64(string? given, byte[] expected) => Same(given, Convert.ToBase64String(expected));

    /// <summary>Whether a text is these bytes in the Base64 of URLs, without padding.</summary>
    public static bool IsBase64Url(string? given, byte[] expected) => Same(given, Base64Url.EncodeToString(expected));
}
