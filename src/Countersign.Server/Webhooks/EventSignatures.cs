using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Events;

namespace Countersign.Server.Webhooks;

/// <summary>
/// Both signatures of a request: Twilio's, with the account's Auth Token, for receivers that check that already; and that of Standard Webhooks, with the receiver's own secret, which
/// has the time in it, so that a recorded request cannot be repeated for long.
/// </summary>
static class EventSignatures
{
    /// <summary><c>X-Twilio-Signature</c>: the base64 HMAC-SHA1 of the address, followed for a form by each field's name and value in the order of names.</summary>
    public static string Twilio(string authToken, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var data = new StringBuilder(url);
        foreach (var field in form.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            data.Append(field.Key).Append(field.Value);
        }

#pragma warning disable CA5350 // It is Twilio's choice, and an HMAC does not depend on SHA-1's resistance to collisions.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(data.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>The address to call, and to sign, for a body that is no form: with the body's hash in its query.</summary>
    public static string WithBodyHash(string url, ReadOnlySpan<byte> body) =>
        $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}bodySHA256={Convert.ToHexStringLower(SHA256.HashData(body))}";

    /// <summary><c>webhook-signature</c>: one for each secret that counts, of the id, the time and the body.</summary>
    public static string Standard(EventReceiver receiver, string id, DateTimeOffset now, ReadOnlySpan<byte> body)
    {
        var signed = new byte[Encoding.ASCII.GetByteCount(id) + 32 + body.Length];
        var head = Encoding.ASCII.GetBytes($"{id}.{now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.", signed);
        body.CopyTo(signed.AsSpan(head));
        var content = signed.AsSpan(0, head + body.Length);
        var signature = Sign(receiver.Secret, content);
        return receiver.Retired is { } retired && now < retired.Until ? $"{signature} {Sign(retired.Secret, content)}" : signature;
    }

    static string Sign(SigningSecret secret, ReadOnlySpan<byte> content) => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret.Key(), content))}";
}
