using Countersign.Core.Accounts;

namespace Countersign.Core.Tests.Accounts;

/// <summary>Accounts and keys in memory. It counts reads, and can hold one up until a test lets it go on.</summary>
sealed class MemoryAccountStore : IAccountStore
{
    readonly List<Account> _accounts = [];
    readonly List<ApiKey> _keys = [];

    public int Reads { get; private set; }

    /// <summary>What the next read waits for after it has read.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Task<bool> SaveAccountAsync(Account account, CancellationToken ct)
    {
        var index = _accounts.FindIndex(stored => stored.Sid == account.Sid);
        if (index < 0)
            _accounts.Add(account);
        else
            _accounts[index] = account;
        return Task.FromResult(true);
    }

    public async Task<Account?> ChangeAccountAsync(Sid account, Func<Account, Account?> change, CancellationToken ct)
    {
        if (_accounts.Find(stored => stored.Sid == account) is { } current && change(current) is { } changed)
            await SaveAccountAsync(changed, ct);
        return _accounts.Find(stored => stored.Sid == account);
    }

    public Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<Account>>([.. _accounts.AsEnumerable().Reverse()]);

    public Task<ApiKey?> ChangeKeyAsync(Sid account, Sid key, string? friendlyName, IReadOnlyList<string>? allow, CancellationToken ct) => throw new NotSupportedException();

    public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => ReadAsync(_accounts.Find(stored => stored.Sid == account));

    public Account? LastRead(Sid account) => _accounts.Find(stored => stored.Sid == account);

    public Task<Account?> FirstAccountAsync(CancellationToken ct) => ReadAsync(_accounts.FirstOrDefault());

    public Task<bool> CreateKeyAsync(ApiKey key, CancellationToken ct)
    {
        _keys.Add(key);
        return Task.FromResult(true);
    }

    public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => ReadAsync(_keys.Find(stored => stored.Sid == key));

    public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<ApiKey>>([.. _keys.Where(key => key.AccountSid == account).Reverse()]);

    public Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct) =>
        Task.FromResult(_keys.RemoveAll(stored => stored.Sid == key && stored.AccountSid == account) == 1);

    async Task<T?> ReadAsync<T>(T? found)
    {
        Reads++;
        await Gate;
        return found;
    }
}
