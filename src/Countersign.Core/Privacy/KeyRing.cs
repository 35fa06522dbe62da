using System.Security.Cryptography;
using System.Text;

namespace Countersign.Core.Privacy;

/// <summary>
/// The secrets that codes, seals, indexes and credential hashes are made with. Kept in a file of its own, never in the store.
/// A key is added by rotation and stays as long as anything made with it may be read.
/// </summary>
public sealed class KeyRing
{
    readonly Lock _reading = new();

    // Replaced, never changed: it is read without a lock.
    volatile Dictionary<int, RingKey> _keys;
    Func<KeyRing?>? _readAgain;

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

    /// <summary>
    /// Has the ring read again when something was made with a key that it lacks: after a rotation another server may have been started with the new ring before this one is.
    /// The active key stays the one that this server started with.
    /// </summary>
    /// <param name="readAgain">Gives the ring as it is now; null if it cannot be read, or was read just now. Called by one thread at a time.</param>
    public void WhenMissing(Func<KeyRing?> readAgain) => _readAgain = readAgain;

    /// <summary>The key that something stored was made with.</summary>
    /// <exception cref="UnknownKeyException">The ring has no such key, though it was read again: this server was not given the newest ring, or a key was removed too early.</exception>
    public RingKey Find(int id)
    {
        if (_keys.TryGetValue(id, out var key))
        {
            return key;
        }

        // Whoever waits here finds what the one before it has read.
        lock (_reading)
        {
            if (!_keys.TryGetValue(id, out key) && _readAgain?.Invoke() is { } newer)
            {
                Add(newer);
            }
        }

        return key ?? (_keys.TryGetValue(id, out key) ? key : throw new UnknownKeyException(id));
    }

    /// <summary>Takes the keys that are new from a ring that has all of this one's; another one is left alone.</summary>
    void Add(KeyRing newer)
    {
        foreach (var key in _keys.Values)
        {
            if (!newer._keys.TryGetValue(key.Id, out var same) || !CryptographicOperations.FixedTimeEquals(same.Check, key.Check))
            {
                return;
            }
        }

        _keys = newer._keys;
    }
}

/// <summary>Something was made with a key that this server's ring does not have. The message says what to do, and holds no key.</summary>
public sealed class UnknownKeyException(int id) : CryptographicException(
    $"The key ring of this server has no key {id}, which something in the store was made with. Restore the ring, or give this server the one that the others have (Countersign:KeyRing): it is read again at once.")
{
    public int KeyId => id;
}

/// <summary>One secret of the ring with a key for each purpose, so that no key serves two algorithms (HKDF, RFC 5869).</summary>
#pragma warning disable CA1001 // Lives as long as the process; a thread's cipher ends with the thread.
public sealed class RingKey
{
#pragma warning restore CA1001
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
        EntityHash = new KeyedHash(Derive(secret, "countersign entity v1"));
        Tokens = Derive(secret, "countersign token v1");
        Cipher = new ThreadLocal<AesGcm>(() => new AesGcm(Seals, Sealer.TagBytes));
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

    internal KeyedHash EntityHash { get; }

    internal byte[] Tokens { get; }

    /// <summary>For seals. AesGcm is not safe to share between threads and costs microseconds to make: each thread keeps its own.</summary>
    internal ThreadLocal<AesGcm> Cipher { get; }

    /// <summary>32 bytes that tell this key from any other and say nothing of it: a store keeps them, and so notices a ring that is not its own.</summary>
    public byte[] Check { get; }

    public override string ToString() => $"key {Id}";

    static byte[] Derive(byte[] secret, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SecretBytes, info: Encoding.ASCII.GetBytes(purpose));
}
