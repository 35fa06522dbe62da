using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Countersign.Carriers.Sns;

/// <summary>The keys that requests to AWS are signed with.</summary>
sealed record AwsKeys(string AccessKeyId, string SecretAccessKey, string? SessionToken)
{
    public override string ToString() => AccessKeyId;
}

/// <summary>AWS Signature Version 4, in headers (AWS, "Create a signed AWS API request").</summary>
static class SigV4
{
    const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Signs a request over its method, address, body and all headers that it has now; it must not be changed after.</summary>
    public static void Sign(HttpRequestMessage request, byte[] body, AwsKeys keys, string region, string service, DateTimeOffset now)
    {
        var moment = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", moment);
        if (keys.SessionToken is { } token)
        {
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", token);
        }

        var (headers, names) = CanonicalHeaders(request);
        var canonical = string.Join('\n', request.Method.Method, CanonicalPath(request.RequestUri!), CanonicalQuery(request.RequestUri!), headers, names, Hex(SHA256.HashData(body)));

        var scope = $"{moment[..8]}/{region}/{service}/aws4_request";
        var toSign = string.Join('\n', Algorithm, moment, scope, Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));

        var key = Encoding.UTF8.GetBytes($"AWS4{keys.SecretAccessKey}");
        foreach (var part in scope.Split('/'))
        {
            key = Hmac(key, part);
        }

        request.Headers.TryAddWithoutValidation("Authorization", $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={Hex(Hmac(key, toSign))}");
    }

    static (string Lines, string Names) CanonicalHeaders(HttpRequestMessage request)
    {
        var address = request.RequestUri!;
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = address.IsDefaultPort ? address.Host : $"{address.Host}:{address.Port}" };
        var own = request.Content is { } content ? request.Headers.NonValidated.Concat(content.Headers.NonValidated) : request.Headers.NonValidated;
        foreach (var (name, values) in own.Where(header => !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
        {
            headers[name.ToLowerInvariant()] = string.Join(',', values.Select(value => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        }

        return (string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n")), string.Join(';', headers.Keys));
    }

    // Each segment is encoded once more than it is on the wire, as all services but S3 want it.
    static string CanonicalPath(Uri address) => string.Join('/', address.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    static string CanonicalQuery(Uri address)
    {
        var pairs = address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair =>
        {
            var parts = pair.Split('=', 2);
            return (Name: Encode(parts[0]), Value: parts.Length > 1 ? Encode(parts[1]) : "");
        });
        return string.Join('&', pairs.OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}"));

        static string Encode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));
    }

    static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
