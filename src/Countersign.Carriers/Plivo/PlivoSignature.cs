using System.Net;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Carriers.Plivo;

/// <summary>
/// Plivo's signatures of callbacks. Version 3: the base64 HMAC-SHA256, under the auth token, of the address without its query, <c>?</c> and the sorted query, <c>.</c> and
/// the sorted fields of a form, <c>.</c> and a nonce; the header may hold several with commas between. Version 2 covers the address without its query and the nonce only
/// (Plivo, "Signature Validation", and its SDKs).
/// </summary>
sealed class PlivoSignature(string authToken, bool allowV2)
{
    public const string V3 = "X-Plivo-Signature-V3";
    public const string V2 = "X-Plivo-Signature-V2";
    const string Nonce = "-Nonce";

    /// <summary>Of the main account, where a subaccount made the request.</summary>
    const string MainV3 = "X-Plivo-Signature-Ma-V3";

    const string MainV2 = "X-Plivo-Signature-Ma-V2";

    /// <summary>Whether a callback is rightly signed. Version 2 counts only where it is allowed, and where version 3 is not there.</summary>
    public bool IsValid(CallbackRequest request)
    {
        if (request.Header(V3 + Nonce) is { } nonce)
        {
            var expected = SignV3(request.Method, request.Url, request.Method == "POST" ? request.Form : [], nonce);
            return IsAmong(expected, request.Header(V3)) | IsAmong(expected, request.Header(MainV3));
        }

        if (allowV2 && request.Header(V2 + Nonce) is { } olderNonce)
        {
            var expected = SignV2(request.Url, olderNonce);
            return IsAmong(expected, request.Header(V2)) | IsAmong(expected, request.Header(MainV2));
        }

        return false;
    }

    /// <summary>Whether a callback has the second signature alone, and that is not allowed: then no callback of the account may ever be proven.</summary>
    public bool LacksPermission(CallbackRequest request) => !allowV2 && request.Header(V3 + Nonce) is null && request.Header(V2 + Nonce) is not null;

    /// <summary>Signs a request in the third way.</summary>
    public string SignV3(string method, string url, IReadOnlyList<KeyValuePair<string, string>> form, string nonce)
    {
        var (address, query) = Split(url);
        var text = new StringBuilder(address);
        if (method == "GET")
        {
            var all = Sorted([.. query, .. form]).Select(field => $"{field.Key}={field.Value}").ToList();
            text.Append(all.Count > 0 ? "?" : "").AppendJoin('&', all);
        }
        else
        {
            text.Append(query.Count > 0 || form.Count > 0 ? "?" : "").AppendJoin('&', Sorted(query).Select(field => $"{field.Key}={field.Value}"));
            text.Append(query.Count > 0 && form.Count > 0 ? "." : "");
            foreach (var (name, value) in Sorted(form))
            {
                text.Append(name).Append(value);
            }
        }

        return Sign(text.Append('.').Append(nonce).ToString());
    }

    /// <summary>Signs a request in the second way.</summary>
    public string SignV2(string url, string nonce) => Sign(Split(url).Address + nonce);

    string Sign(string text) => Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(text)));

    static bool IsAmong(string expected, string? header)
    {
        var found = false;
        foreach (var one in (header ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            found |= SignatureText.Same(one, expected);
        }

        return found;
    }

    static (string Address, IReadOnlyList<KeyValuePair<string, string>> Query) Split(string url)
    {
        var start = url.IndexOf('?', StringComparison.Ordinal);
        return start < 0 ? (url, []) : (url[..start],
        [
            .. url[(start + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2))
                .Select(pair => KeyValuePair.Create(WebUtility.UrlDecode(pair[0]), pair.Length > 1 ? WebUtility.UrlDecode(pair[1]) : "")),
        ]);
    }

    static IEnumerable<KeyValuePair<string, string>> Sorted(IReadOnlyList<KeyValuePair<string, string>> fields) =>
        fields.OrderBy(field => field.Key, StringComparer.Ordinal).ThenBy(field => field.Value, StringComparer.Ordinal);
}
