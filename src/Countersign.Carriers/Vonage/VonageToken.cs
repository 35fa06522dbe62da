using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Countersign.Carriers.Vonage;

/// <summary>
/// The JWT that Vonage signs webhooks with: <c>Authorization: Bearer</c>, HMAC-SHA256 under the signature secret (RFC 7515), with the body's SHA-256 in the claim
/// <c>payload_hash</c> (Vonage, "Signed Webhooks"). It does not cover the address, so nothing of the address may be used.
/// </summary>
static class VonageToken
{
    /// <summary>How far the moments in a token may be from ours.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    const string Scheme = "Bearer ";

    /// <summary>Why a header does not vouch for a body; null where it does.</summary>
    public static string? ProblemOf(string authorization, string secret, string apiKey, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var parts = authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Split('.') : [];
        if (parts.Length != 3)
        {
            return "no_token";
        }

        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"));
        if (!SignatureText.Same(parts[2], Base64Url.EncodeToString(signature)))
        {
            return "wrong_signature";
        }

        if (Read(parts[0]).Find("alg") != "HS256")
        {
            return "wrong_algorithm";
        }

        var claims = Read(parts[1]);
        if (!SignatureText.Same(claims.Find("payload_hash")?.ToLowerInvariant(), Convert.ToHexStringLower(SHA256.HashData(body))))
        {
            return "wrong_body";
        }

        if (claims.Find("api_key") is { } key && key != apiKey)
        {
            return "wrong_account";
        }

        // It has no expiry of its own as a rule, so its making must be near.
        var made = MomentOf(claims, "iat");
        return made is null || (made.Value - now).Duration() > Tolerance || MomentOf(claims, "exp") <= now - Tolerance || MomentOf(claims, "nbf") > now + Tolerance ? "wrong_time" : null;
    }

    static IReadOnlyList<KeyValuePair<string, string>> Read(string part) => Base64Url.IsValid(part) ? CallbackJson.Fields(Base64Url.DecodeFromChars(part)) : [];

    static DateTimeOffset? MomentOf(IReadOnlyList<KeyValuePair<string, string>> claims, string name) => Moments.OfUnixSeconds(claims.Find(name));
}
