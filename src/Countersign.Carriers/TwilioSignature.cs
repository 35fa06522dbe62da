using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers;

/// <summary>
/// Twilio's webhook signature (<c>X-Twilio-Signature</c>): the base64 HMAC-SHA1, under the account's auth token, of the address as it was called, followed for a form
/// by every field's name and value, sorted by name (Twilio, "Webhooks Security"). A JSON body is covered by its SHA-256 in the query's <c>bodySHA256</c> instead.
/// It has no time in it: a recorded request can be repeated, so what it says must be idempotent.
/// </summary>
public static class TwilioSignature
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-Twilio-Signature";

    /// <summary>The query parameter that holds the lower-case hex SHA-256 of a body that is no form.</summary>
    public const string BodyHashParameter = "bodySHA256";

    /// <summary>Signs a request with a form, or one without a body.</summary>
    public static string Sign(string authToken, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var data = new StringBuilder(url);
        foreach (var field in form.GroupBy(field => field.Key, field => field.Value).OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            foreach (var value in field.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                data.Append(field.Key).Append(value);
            }
        }

#pragma warning disable CA5350 // It is Twilio's choice, and an HMAC does not depend on SHA-1's resistance to collisions.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(data.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>The address to call and sign for a body that is no form: with the body's hash added to its query.</summary>
    public static string WithBodyHash(string url, ReadOnlySpan<byte> body) =>
        $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{BodyHashParameter}={HashOf(body)}";

    /// <summary>Whether a signature is right for a form, or for a request without a body. Compares in constant time.</summary>
    public static bool IsValid(string authToken, string? signature, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var fields = form as ICollection<KeyValuePair<string, string>> ?? [.. form];
        var valid = false;
        foreach (var writing in WritingsOf(url))
        {
            valid |= SignatureText.Same(signature, Sign(authToken, writing, fields));
        }

        return valid;
    }

    /// <summary>Whether a signature is right for a body that is no form: both the address and the hash that it carries.</summary>
    public static bool IsValidBody(string authToken, string? signature, string url, ReadOnlySpan<byte> body)
    {
        var start = url.IndexOf('?', StringComparison.Ordinal);
        var hash = start < 0 ? null : url[(start + 1)..].Split('&').FirstOrDefault(part => part.StartsWith(BodyHashParameter + "=", StringComparison.Ordinal));
        return IsValid(authToken, signature, url, []) & SignatureText.Same(hash?[(BodyHashParameter.Length + 1)..], HashOf(body));
    }

    /// <summary>Whether a callback is rightly signed, whichever of the two forms it has.</summary>
    public static bool IsValid(string authToken, CallbackRequest request) =>
        request.Url.Contains(BodyHashParameter + "=", StringComparison.Ordinal)
            ? IsValidBody(authToken, request.Header(Header), request.Url, request.Body.Span)
            : IsValid(authToken, request.Header(Header), request.Url, request.Method == "POST" ? request.Form : []);

    static string HashOf(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));

    // Twilio is not consistent in whether it signs the port, and older parts of it write the query in their own way.
    static IEnumerable<string> WritingsOf(string url)
    {
        var (withoutPort, withPort) = PortsOf(url);
        return new[] { url, withoutPort, withPort, Rewritten(withoutPort), Rewritten(withPort) }.Distinct(StringComparer.Ordinal);
    }

    static (string Without, string With) PortsOf(string url)
    {
        var host = url.IndexOf("://", StringComparison.Ordinal) + 3;
        if (host < 3)
        {
            return (url, url);
        }

        var path = url.AsSpan(host).IndexOfAny('/', '?', '#');
        var end = path < 0 ? url.Length : host + path;
        // Behind the bracket of an IPv6 address, or anywhere behind the host.
        var colon = url.LastIndexOf(':', end - 1, end - host);
        var bracket = url.LastIndexOf(']', end - 1, end - host);
        if (colon > bracket)
        {
            return (url.Remove(colon, end - colon), url);
        }

        return (url, url.Insert(end, url.StartsWith("https", StringComparison.OrdinalIgnoreCase) ? ":443" : ":80"));
    }

    static string Rewritten(string url)
    {
        var start = url.IndexOf('?', StringComparison.Ordinal);
        return start < 0 ? url : url[..(start + 1)] + string.Join('&', url[(start + 1)..].Split('&').Select(part => string.Join('=', part.Split('=', 2).Select(Rewrite))));

        // JavaScript's encodeURIComponent, which leaves five characters that .NET escapes.
        static string Rewrite(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text.Replace('+', ' ')))
            .Replace("%21", "!").Replace("%27", "'").Replace("%28", "(").Replace("%29", ")").Replace("%2A", "*");
    }
}
