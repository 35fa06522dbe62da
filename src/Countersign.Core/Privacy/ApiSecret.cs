using System.Security.Cryptography;
using System.Text;

namespace Countersign.Core.Privacy;

/// <summary>An Auth Token or API key secret in memory. It prints as dots.</summary>
public sealed class ApiSecret(string value)
{
    /// <summary>128 random bits in lower-case hex, as Twilio's tokens are.</summary>
    public static ApiSecret New(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes);
        return new ApiSecret(Convert.ToHexStringLower(bytes));
    }

    /// <summary>The secret itself: for showing it once, sealing, hashing and signing.</summary>
    public string Reveal() => value;

    /// <summary>Whether it is this secret, in time that depends on the lengths alone.</summary>
    public bool Is(string presented) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(presented));

    public override string ToString() => "••••••";
}

/// <summary>What is kept of a secret that need not be shown again.</summary>
/// <param name="KeyId">The ring key of the hash.</param>
/// <param name="Hash">HMAC-SHA-256 of the secret.</param>
public sealed record SecretHash(int KeyId, byte[] Hash);

/// <summary>
/// Hashes and compares credentials. A fast keyed hash is right here: the secrets are 128 random bits, which no one
/// guesses, and the key keeps a stolen store from being searched for weaker ones that an operator preset.
/// </summary>
public sealed class SecretHasher(KeyRing ring)
{
    readonly SecretHash _nobody = new(ring.Active.Id, new byte[32]);

    public SecretHash Hash(ApiSecret secret) => new(ring.Active.Id, HashWith(ring.Active, secret.Reveal()));

    /// <summary>Whether the presented secret is the stored one, in the same time whatever differs; a null hash (no such user) costs as much as a wrong secret.</summary>
    public bool Matches(SecretHash? stored, string presented)
    {
        var hash = stored ?? _nobody;
        var same = CryptographicOperations.FixedTimeEquals(hash.Hash, HashWith(ring.Find(hash.KeyId), presented));
        return same && stored is not null;
    }

    static byte[] HashWith(RingKey key, string secret)
    {
        var hash = new byte[KeyedHash.Bytes];
        key.CredentialHash.Hash(Encoding.UTF8.GetBytes(secret), hash);
        return hash;
    }
}
