using System.Security.Cryptography;
using System.Text;

namespace Countersign.Core.Privacy;

/// <summary>
/// The secrets that codes, seals, indexes and credential hashes are made with. Kept in a file of its own, never in the store.
/// A key is added by rotation and stays as long as anything made with it may be read.
/// </summary>
public sealed class KeyRing
{
    readonly Dictionary<int, RingKey> _keys;

    /// <summary>All keys, for checking that a store was written with them.</summary>
    public IReadOnlyCollection<RingKey> Keys => _keys.Values;

    /// <summary>Builds a ring from its keys.</summary>
    /// <exception cref="ArgumentException">A key that is named as active or as index key is missing, or a secret is not 32 bytes.</exception>
    public KeyRing(IReadOnlyList<(int Id, byte[] Secret)> keys, int activeId, int indexId)
    {
        _keys = keys.ToDictionary(key => key.Id, key => new RingKey(key.Id, key.Secret));
        if (!_keys.TryGetValue(activeId, out var active) || !_keys.TryGetValue(indexId, out var index))
        {
            throw new ArgumentException("The active key and the index key must be in the ring.", nameof(keys));
        }

        Active = active;
        Index = index;
    }

    /// <summary>The key that new codes, seals and hashes are made with.</summary>
    public RingKey Active { get; }

    /// <summary>
    /// The key of the index over destinations. It stays the same when the active key changes:
    /// another one would make every stored number impossible to find.
    /// </summary>
    public RingKey Index { get; }

    /// <summary>The key that something stored was made with.</summary>
    /// <exception cref="CryptographicException">The ring has no such key: it was restored from another installation, or a key was removed too early.</exception>
    public RingKey Find(int id) => _keys.TryGetValue(id, out var key)
        ? key
        : throw new CryptographicException($"The key ring has no key {id}. Restore the key ring that belongs to this data directory.");
}

/// <summary>One secret of the ring with a key for each purpose, so that no key serves two algorithms (HKDF, RFC 5869).</summary>
public sealed class RingKey
{
    /// <summary>Bytes in a ring secret.</summary>
    public const int SecretBytes = 32;

    internal RingKey(int id, byte[] secret)
    {
        if (secret.Length != SecretBytes)
        {
            throw new ArgumentException("A ring secret has 32 bytes.", nameof(secret));
        }

        Id = id;
        Codes = Derive(secret, "countersign code v1");
        Seals = Derive(secret, "countersign seal v1");
        Destinations = Derive(secret, "countersign destination v1");
        Credentials = Derive(secret, "countersign credential v1");
        (CodeHash, DestinationHash, CredentialHash) = (new KeyedHash(Codes), new KeyedHash(Destinations), new KeyedHash(Credentials));
        LimitHash = new KeyedHash(Derive(secret, "countersign limit v1"));
        ChallengeHash = new KeyedHash(Derive(secret, "countersign challenge v1"));
        DeviceHash = new KeyedHash(Derive(secret, "countersign device v1"));
        Check = Derive(secret, "countersign check v1");
    }

    public int Id { get; }

    internal byte[] Codes { get; }

    internal byte[] Seals { get; }

    internal byte[] Destinations { get; }

    internal byte[] Credentials { get; }

    internal KeyedHash CodeHash { get; }

    internal KeyedHash DestinationHash { get; }

    internal KeyedHash CredentialHash { get; }

    internal KeyedHash LimitHash { get; }

    internal KeyedHash ChallengeHash { get; }

    internal KeyedHash DeviceHash { get; }

    /// <summary>32 bytes that tell this key from any other and say nothing of it: a store keeps them, and so notices a ring that is not its own.</summary>
    public byte[] Check { get; }

    public override string ToString() => $"key {Id}";

    static byte[] Derive(byte[] secret, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SecretBytes, info: Encoding.ASCII.GetBytes(purpose));
}
