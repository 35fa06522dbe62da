using System.Collections.Concurrent;

namespace Countersign.Core.Accounts;

/// <summary>How much of something bounded each account has under way, so that none has all of it. Safe to call from many threads.</summary>
public sealed class AccountShares
{
    readonly ConcurrentDictionary<Sid, int> _underWay = new();

    /// <summary>What an account has under way now.</summary>
    public int Of(Sid account) => _underWay.GetValueOrDefault(account);

    /// <summary>Begins one more; what the account has under way with it.</summary>
    public int Begin(Sid account) => _underWay.AddOrUpdate(account, 1, static (_, count) => count + 1);

    /// <summary>Ends one.</summary>
    public void End(Sid account)
    {
        if (_underWay.AddOrUpdate(account, 0, static (_, count) => count - 1) == 0)
        {
            // Only while it is still none.
            _underWay.TryRemove(new KeyValuePair<Sid, int>(account, 0));
        }
    }
}
