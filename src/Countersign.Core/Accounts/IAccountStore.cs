namespace Countersign.Core.Accounts;

/// <summary>Where accounts and API keys are kept. Every verb is one atomic step and durable when it returns.</summary>
public interface IAccountStore
{
    /// <summary>Adds an account, or replaces name and Auth Token of the one with the same SID.</summary>
    Task SaveAccountAsync(Account account, CancellationToken ct);

    /// <summary>The account; null where there is none.</summary>
    Task<Account?> FindAccountAsync(Sid account, CancellationToken ct);

    /// <summary>The oldest account: the one that the first start made; null in an empty store.</summary>
    Task<Account?> FirstAccountAsync(CancellationToken ct);

    /// <summary>Adds an API key.</summary>
    Task CreateKeyAsync(ApiKey key, CancellationToken ct);

    /// <summary>The API key; null where there is none.</summary>
    Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct);

    /// <summary>An account's keys, newest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct);

    /// <summary>Removes a key of that account. False where there was none.</summary>
    Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct);
}
