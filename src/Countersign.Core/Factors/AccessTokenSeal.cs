using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Countersign.Core.Privacy;

namespace Countersign.Core.Factors;

/// <summary>
/// Access tokens as encrypted JSON Web Tokens (RFC 7516, <c>dir</c> with <c>A256GCM</c>): whoever carries one cannot read or change it, and whoever checks it needs no store. The same
/// token has the same text whenever it is written with the same key, so that it can be fetched again.
/// </summary>
public sealed class AccessTokenSeal(KeyRing ring, TimeProvider time)
{
    /// <summary>Characters of a token at most.</summary>
    public const int MaxLength = 2048;

    const int NonceBytes = 12, TagBytes = 16;
    const string ContentType = "twilio-fpa;v=1";
    static readonly JsonDocumentOptions Options = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    public string Write(AccessToken token)
    {
        var key = ring.Active;
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(null, $$"""{"alg":"dir","enc":"A256GCM","cty":"{{ContentType}}","kid":"{{key.Id}}"}""")));
        var plain = JsonSerializer.SerializeToUtf8Bytes(ClaimsOf(token), AccessTokenJson.Default.AccessTokenClaims);

        // Of the contents, under the key: the nonce of one text is never that of another.
        var hash = new byte[KeyedHash.Bytes];
        key.EntityHash.Hash([(byte)'t', .. plain], hash);
        var (nonce, cipher, tag) = (hash[..NonceBytes], new byte[plain.Length], new byte[TagBytes]);
        using var aes = new AesGcm(key.Tokens, TagBytes);
        aes.Encrypt(nonce, plain, cipher, tag, Encoding.ASCII.GetBytes(header));
        return $"{header}..{Base64Url.EncodeToString(nonce)}.{Base64Url.EncodeToString(cipher)}.{Base64Url.EncodeToString(tag)}";
    }

    /// <summary>Reads a token that is good now; null for one that is over, not ours, or none at all.</summary>
    public AccessToken? Read(string text)
    {
        var parts = text.Length <= MaxLength ? text.Split('.') : [];
        if (parts.Length != 5 || parts[1].Length != 0 || KeyOf(parts[0]) is not { } key
            || DeviceJwt.Decode(parts[2]) is not { Length: NonceBytes } nonce || DeviceJwt.Decode(parts[3]) is not { } cipher || DeviceJwt.Decode(parts[4]) is not { Length: TagBytes } tag)
        {
            return null;
        }

        try
        {
            var plain = new byte[cipher.Length];
            using var aes = new AesGcm(key.Tokens, TagBytes);
            aes.Decrypt(nonce, cipher, tag, plain, Encoding.ASCII.GetBytes(parts[0]));
            var token = TokenOf(JsonSerializer.Deserialize(plain, AccessTokenJson.Default.AccessTokenClaims)!);

            // Another server's clock may be a little ahead.
            var now = time.GetUtcNow();
            return now < token.ExpiresAt && token.CreatedAt <= now + TimeSpan.FromMinutes(1) ? token : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    RingKey? KeyOf(string header)
    {
        try
        {
            if (DeviceJwt.Decode(header) is not { } bytes)
            {
                return null;
            }

            using var document = JsonDocument.Parse(bytes, Options);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && Is(root, "alg", "dir") && Is(root, "enc", "A256GCM") && Is(root, "cty", ContentType) && !root.TryGetProperty("zip", out _)
                && root.TryGetProperty("kid", out var kid) && kid.ValueKind == JsonValueKind.String && int.TryParse(kid.GetString(), null, out var id)
                ? ring.Find(id)
                : null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or UnknownKeyException)
        {
            return null;
        }
    }

    static bool Is(JsonElement header, string name, string value) => header.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.ValueEquals(value);

    static AccessTokenClaims ClaimsOf(AccessToken token) => new()
    {
        Id = token.Sid.ToString(),
        Account = token.AccountSid.ToString(),
        Service = token.ServiceSid.ToString(),
        Identity = token.Identity.Reveal(),
        Type = (int)token.FactorType,
        Name = token.FactorFriendlyName,
        From = token.CreatedAt.ToUnixTimeMilliseconds(),
        Seconds = (int)token.Lifetime.TotalSeconds,
    };

    static AccessToken TokenOf(AccessTokenClaims claims) => new()
    {
        Sid = Sid.Parse(claims.Id, "YK"),
        AccountSid = Sid.Parse(claims.Account, "AC"),
        ServiceSid = Sid.Parse(claims.Service, "VA"),
        Identity = EntityIdentity.Restore(claims.Identity),
        FactorType = (FactorType)claims.Type,
        FactorFriendlyName = claims.Name,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(claims.From),
        Lifetime = TimeSpan.FromSeconds(claims.Seconds),
    };
}
