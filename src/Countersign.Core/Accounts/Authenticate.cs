using System.Collections.Concurrent;
using Countersign.Core.Privacy;

namespace Countersign.Core.Accounts;

/// <summary>
/// Tells whose request it is: Account SID with Auth Token, or API key SID with its secret. Wrong user and wrong secret cannot be told apart, by
/// answer or by time: whatever is wrong costs one comparison with what is remembered, one search for somebody who is not there, and one comparison with nobody.
/// </summary>
public sealed class Authenticate(IAccountStore store, SecretHasher hasher)
{
    // Searched for in the stead of somebody who is remembered. Whoever really has this SID is not let in by that search.
    static readonly Sid NobodysAccount = Sid.Parse("AC" + new string('0', 32), "AC"), NobodysKey = Sid.Parse("SK" + new string('0', 32), "SK");

    // Known credentials are remembered, so that a request costs one HMAC and no read. Unknown ones are not: an attacker could fill memory with them.
    readonly ConcurrentDictionary<Sid, Credential> _known = new();
    readonly Lock _changes = new();
    int _version;

    /// <summary>The account that the credentials belong to; null when they are not right.</summary>
    public ValueTask<Sid?> RunAsync(string user, string secret, CancellationToken ct)
    {
        if (!Sid.TryParse(user, "AC", out var sid) && !Sid.TryParse(user, "SK", out sid))
        {
            hasher.Matches(null, secret);
            return new ValueTask<Sid?>((Sid?)null);
        }

        _known.TryGetValue(sid, out var credential);
        return Decide(credential, secret) is { } account ? new ValueTask<Sid?>(account) : LoadAsync(sid, isKnown: credential is not null, secret, ct);
    }

    /// <summary>Rises whenever a credential was changed or removed: what was let in before must ask again.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Forgets a credential that was changed or removed, so that the next request reads it anew.</summary>
    public void Forget(Sid sid)
    {
        lock (_changes)
        {
            _version++;
            _known.TryRemove(sid, out _);
        }
    }

    /// <summary>A wrong secret of somebody who is known takes the way of somebody who does not exist, to its end, and also fails as that does when the store is away.</summary>
    async ValueTask<Sid?> LoadAsync(Sid asked, bool isKnown, string secret, CancellationToken ct)
    {
        var version = Volatile.Read(ref _version);
        var isAccount = asked.Prefix == "AC";
        var nobody = isAccount ? NobodysAccount : NobodysKey;
        var sid = isKnown ? nobody : asked;
        var credential = isAccount ? await LoadAccountAsync(sid, ct) : await LoadKeyAsync(sid, ct);
        if (credential is not null)
        {
            lock (_changes)
            {
                // A key that was revoked while we read it must not be remembered from that read.
                if (version == _version)
                {
                    _known[sid] = credential;
                }
            }
        }

        var account = Decide(credential, secret);
        return isKnown ? null : account;
    }

    async Task<Credential?> LoadAccountAsync(Sid sid, CancellationToken ct) =>
        await store.FindAccountAsync(sid, ct) is { } account ? new Credential(sid, hasher.Hash(account.AuthToken)) : null;

    async Task<Credential?> LoadKeyAsync(Sid sid, CancellationToken ct) =>
        await store.FindKeyAsync(sid, ct) is { } key ? new Credential(key.AccountSid, key.SecretHash) : null;

    Sid? Decide(Credential? credential, string secret) =>
        hasher.Matches(credential?.Hash, secret) ? credential!.Account : null;

    sealed record Credential(Sid Account, SecretHash Hash);
}
