using System.Collections.Concurrent;
using System.Collections.Frozen;
using Countersign.Core.Privacy;

namespace Countersign.Core.Accounts;

/// <summary>
/// Tells whose request it is: Account SID with Auth Token, or API key SID with its secret. Wrong user and wrong secret cannot be told apart, by
/// answer or by time: whatever is wrong costs the comparisons with what is remembered, one search for somebody who is not there, and the comparisons with nobody. An account has
/// up to two tokens, so a wrong one is always compared with two; that one was right, and which, is no secret.
/// </summary>
public sealed class Authenticate(IAccountStore store, SecretHasher hasher)
{
    // Searched for in the stead of somebody who is remembered. Whoever really has this SID is not let in by that search.
    static readonly Sid NobodysAccount = Sid.Parse("AC" + new string('0', 32), "AC"), NobodysKey = Sid.Parse("SK" + new string('0', 32), "SK");

    // Known credentials are remembered, so that a request costs one HMAC and no read. Unknown ones are not: an attacker could fill memory with them.
    readonly ConcurrentDictionary<Sid, Credential> _known = new();
    readonly Lock _changes = new();
    int _version;

    /// <summary>Whose the credentials are and what they may; null when they are not right. Those of an account that may not be used are right, and marked (<see cref="Access.IsInactive"/>).</summary>
    public ValueTask<Access?> RunAsync(string user, string secret, CancellationToken ct)
    {
        var isAccount = Sid.TryParse(user, "AC", out var sid);
        if (!isAccount && !Sid.TryParse(user, "SK", out sid))
        {
            hasher.Matches(null, secret);
            return new ValueTask<Access?>((Access?)null);
        }

        _known.TryGetValue(sid, out var credential);
        return Decide(isAccount, credential, secret) is { } access ? new ValueTask<Access?>(access) : LoadAsync(sid, isKnown: credential is not null, secret, ct);
    }

    /// <summary>Rises whenever a credential was changed or removed: what was let in before must ask again.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Forgets a credential that was changed or removed, so that the next request reads it anew; with an account also its keys, which let in as long as it may be used.</summary>
    public void Forget(Sid sid)
    {
        lock (_changes)
        {
            _version++;
            _known.TryRemove(sid, out _);
            if (sid.Prefix == "AC")
            {
                foreach (var (known, credential) in _known)
                {
                    if (credential.Access.Account == sid)
                    {
                        _known.TryRemove(known, out _);
                    }
                }
            }
        }
    }

    /// <summary>
    /// Forgets a key of an account, of which the store has nothing. Where nothing is remembered of it nothing has ended, so nobody has to ask again: else whoever revoked keys that
    /// there are not would have everybody do so.
    /// </summary>
    public void ForgetGone(Sid key, Sid account)
    {
        if (_known.TryGetValue(key, out var credential) && credential.Access.Account == account)
        {
            Forget(key);
        }
    }

    /// <summary>A wrong secret of somebody who is known takes the way of somebody who does not exist, to its end, and also fails as that does when the store is away.</summary>
    async ValueTask<Access?> LoadAsync(Sid asked, bool isKnown, string secret, CancellationToken ct)
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

        var access = Decide(isAccount, credential, secret);
        return isKnown ? null : access;
    }

    async Task<Credential?> LoadAccountAsync(Sid sid, CancellationToken ct) =>
        await store.FindAccountAsync(sid, ct) is { } account
            ? new Credential(
                new Access(sid, ApiKeyKind.Main, Nothing) { IsInactive = account.Status != AccountStatus.Active },
                hasher.Hash(account.AuthToken), account.SecondaryToken is { } second ? hasher.Hash(second) : null)
            : null;

    /// <summary>A key, and whether its account may be used; where there is no key, an account is searched for all the same.</summary>
    async Task<Credential?> LoadKeyAsync(Sid sid, CancellationToken ct)
    {
        var key = await store.FindKeyAsync(sid, ct);
        var account = await store.FindAccountAsync(key?.AccountSid ?? NobodysAccount, ct);
        return key is null ? null : new Credential(
            new Access(key.AccountSid, key.Kind, key.Allow.Count == 0 ? Nothing : key.Allow.ToFrozenSet(StringComparer.Ordinal)) { IsInactive = account is not { Status: AccountStatus.Active } },
            key.SecretHash, null);
    }

    Access? Decide(bool isAccount, Credential? credential, string secret)
    {
        var isRight = hasher.Matches(credential?.Hash, secret) || (isAccount && hasher.Matches(credential?.Second, secret));
        return isRight ? credential!.Access : null;
    }

    static readonly FrozenSet<string> Nothing = FrozenSet<string>.Empty;

    sealed record Credential(Access Access, SecretHash Hash, SecretHash? Second);
}
