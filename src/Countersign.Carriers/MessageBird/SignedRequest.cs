using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.MessageBird;

/// <summary>
/// MessageBird's signed requests ("Verify HTTP requests"): a JWT (RFC 7519) under the signing key, whose claims hold SHA-256 hashes of the whole URL and of the body,
/// and for how long it is good.
/// </summary>
static class SignedRequest
{
    const string Issuer = "MessageBird";
    const int Leeway = 30; // Seconds by which the clocks may differ.

    /// <summary>Why the request is not MessageBird's, as a word; null when it is.</summary>
    public static string? ProblemWith(CallbackRequest request, string signingKey)
    {
        if (request.Header("MessageBird-Signature-JWT")?.Split('.') is not [var header, var claims, var signature])
        {
            return "no_signature";
        }

        var key = Encoding.UTF8.GetBytes(signingKey);
        var signed = Encoding.UTF8.GetBytes($"{header}.{claims}");
        var expected = VendorJson.Parse(Decode(header)).TextAt("alg") switch
        {
            "HS256" => HMACSHA256.HashData(key, signed),
            "HS384" => HMACSHA384.HashData(key, signed),
            "HS512" => HMACSHA512.HashData(key, signed),
            _ => [], // "none" above all.
        };
        if (expected.Length == 0 || !SignatureText.IsBase64Url(signature, expected))
        {
            return "wrong_signature";
        }

        var json = VendorJson.Parse(Decode(claims));
        var now = request.Now.ToUnixTimeSeconds();
        var bodyHash = request.Body.IsEmpty ? null : Hash(request.Body.Span);
        return json.TextAt("iss") != Issuer ? "wrong_issuer"
            : Seconds(json.TextAt("nbf")) is not { } from || from > now + Leeway ? "too_early"
            : Seconds(json.TextAt("exp")) is not { } until || until < now - Leeway ? "too_old"
            : !SignatureText.Same(json.TextAt("url_hash"), Hash(Encoding.UTF8.GetBytes(request.Url))) ? "wrong_url"
            : bodyHash is null ? string.IsNullOrEmpty(json.TextAt("payload_hash")) ? null : "wrong_body"
            : SignatureText.Same(json.TextAt("payload_hash"), bodyHash) ? null : "wrong_body";
    }

    static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    static double? Seconds(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    static byte[] Decode(string part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            return [];
        }
    }
}
