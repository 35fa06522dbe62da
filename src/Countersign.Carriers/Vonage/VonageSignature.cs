using System.Security.Cryptography;
using System.Text;

namespace Countersign.Carriers.Vonage;

/// <summary>
/// The <c>sig</c> parameter of Vonage's SMS API: every other parameter as <c>&amp;name=value</c>, sorted by name, with <c>&amp;</c> and <c>=</c> in values replaced by an
/// underscore; then the MD5 of that and the secret, or its HMAC under the secret, in hex (Vonage, "Signing Messages").
/// </summary>
sealed class VonageSignature(string secret, string method)
{
    /// <summary>The parameter that holds it.</summary>
    public const string Parameter = "sig";

    /// <summary>Signs parameters, leaving out <c>sig</c>. Lower-case hex.</summary>
    public string Sign(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in parameters.Where(parameter => parameter.Key != Parameter).OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
        {
            text.Append('&').Append(name).Append('=').Append(value.Replace('&', '_').Replace('=', '_'));
        }

        var key = Encoding.UTF8.GetBytes(secret);
#pragma warning disable CA5350, CA5351 // The methods are Vonage's; which of them is used is the operator's choice there.
        return Convert.ToHexStringLower(method switch
        {
            "md5" => HMACMD5.HashData(key, Encoding.UTF8.GetBytes(text.ToString())),
            "sha1" => HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(text.ToString())),
            "sha256" => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text.ToString())),
            "sha512" => HMACSHA512.HashData(key, Encoding.UTF8.GetBytes(text.ToString())),
            _ => MD5.HashData(Encoding.UTF8.GetBytes(text.Append(secret).ToString())),
        });
#pragma warning restore CA5350, CA5351
    }

    /// <summary>Whether the parameters hold the right signature of themselves; upper and lower case are both in use.</summary>
    public bool IsValid(IReadOnlyList<KeyValuePair<string, string>> parameters) => SignatureText.Same(parameters.Find(Parameter)?.ToLowerInvariant(), Sign(parameters));
}
