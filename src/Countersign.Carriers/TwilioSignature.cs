using System.Security.Cryptography;
using System.Text;

namespace Countersign.Carriers;

/// <summary>
/// The signature in <c>X-Twilio-Signature</c> (Twilio, "Security: validating requests"): HMAC-SHA1, in Base64, under the account's Auth Token, over the address as it
/// was called, followed by each field of a form, name and value, in the order of the names. A body that is no form is covered by <c>bodySHA256</c> in the address.
/// </summary>
public static class TwilioSignature
{
    const string BodyHash = "bodySHA256";

    /// <summary>The signature of a request with a form, or without a body.</summary>
    public static string Of(string authToken, string url, IEnumerable<KeyValuePair<string, string>> form)
    {
        var data = new StringBuilder(url);
        foreach (var name in form.GroupBy(field => field.Key, field => field.Value).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            // A name that is repeated counts with each of its values once, in order.
            foreach (var value in name.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                data.Append(name.Key).Append(value);
            }
        }

#pragma warning disable CA5350 // Twilio's choice; as a MAC, SHA-1 is not broken.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(data.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>
    /// Whether a request is signed by this token. The address is tried as it is, and with and without its port: signers and proxies differ in whether they write the
    /// usual one.
    /// </summary>
    public static bool IsValid(string authToken, string? signature, string url, IReadOnlyList<KeyValuePair<string, string>> form, ReadOnlySpan<byte> body)
    {
        if (signature is null)
        {
            return false;
        }

        var hash = HashIn(url);
        if (hash is not null && !SignatureText.IsHex(hash, SHA256.HashData(body)))
        {
            return false;
        }

        var fields = hash is null ? form : [];
        var valid = false;
        foreach (var candidate in (string[])[url, WithPort(url), WithoutPort(url)])
        {
            // All of them are compared, whichever fits.
            valid |= SignatureText.Same(signature, Of(authToken, candidate, fields));
        }

        return valid;
    }

    static string? HashIn(string url)
    {
        var start = url.IndexOf('?', StringComparison.Ordinal);
        return start < 0 ? null : url[(start + 1)..].Split('&').FirstOrDefault(part => part.StartsWith(BodyHash + "=", StringComparison.Ordinal))?[(BodyHash.Length + 1)..];
    }

    static string WithPort(string url) => Authority(url) is var (scheme, host, rest) && !HasPort(host) ? $"{scheme}{host}:{(scheme == "https://" ? "443" : "80")}{rest}" : url;

    static string WithoutPort(string url) => Authority(url) is var (scheme, host, rest) && HasPort(host) ? $"{scheme}{host[..host.LastIndexOf(':')]}{rest}" : url;

    static bool HasPort(string host) => host.LastIndexOf(':') is > 0 and var colon && host.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>The parts by hand: a class for addresses would write them anew, and a signature is made over what was sent.</summary>
    static (string Scheme, string Host, string Path)? Authority(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return null;
        }

        var end = url.AsSpan(scheme + 3).IndexOfAny('/', '?');
        var split = end < 0 ? url.Length : scheme + 3 + end;
        return (url[..(scheme + 3)], url[(scheme + 3)..split], url[split..]);
    }
}
