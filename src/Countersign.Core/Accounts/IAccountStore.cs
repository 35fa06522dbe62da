namespace Countersign.Core.Accounts;

/// <summary>Where accounts and API keys are kept. Every verb is one atomic step and durable when it returns.</summary>
public interface IAccountStore
{
    /// <summary>Adds an account, or replaces everything but the creation of the one with the same SID. False when there are as many as there may be (<see cref="AccountLimits.MaxAccounts"/>).</summary>
    Task<bool> SaveAccountAsync(Account account, CancellationToken ct);

    /// <summary>
    /// Changes an account: <paramref name="change"/> gets it as it is now, and whatever changes it meanwhile waits. It may be called again, and must not change SID or creation.
    /// Null from it leaves everything as it is.
    /// </summary>
    /// <returns>The account as it is afterwards; null where there is none.</returns>
    Task<Account?> ChangeAccountAsync(Sid account, Func<Account, Account?> change, CancellationToken ct);

    /// <summary>The account; null where there is none.</summary>
    /// <exception cref="Privacy.UnknownKeyException">It is there, and opens with a key that this server does not have. For what is damaged it is another one.</exception>
    Task<Account?> FindAccountAsync(Sid account, CancellationToken ct);

    /// <summary>The account as it was when it could last be read, from memory: asked in every step. Null where there is none, or it never could.</summary>
    Account? LastRead(Sid account);

    /// <summary>The oldest account: the one that the first start made; null in an empty store. It is never another one because that one cannot be read.</summary>
    /// <inheritdoc cref="FindAccountAsync"/>
    Task<Account?> FirstAccountAsync(CancellationToken ct);

    /// <summary>All accounts that can be read, newest first.</summary>
    Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken ct);

    /// <summary>Adds an API key. False when the account has as many as it may (<see cref="AccountLimits.MaxKeys"/>).</summary>
    Task<bool> CreateKeyAsync(ApiKey key, CancellationToken ct);

    /// <summary>Changes name and permissions of an account's key, each unless it is null.</summary>
    /// <returns>The key as it is afterwards; null where the account has none.</returns>
    Task<ApiKey?> ChangeKeyAsync(Sid account, Sid key, string? friendlyName, IReadOnlyList<string>? allow, CancellationToken ct);

    /// <summary>The API key; null where there is none.</summary>
    Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct);

    /// <summary>An account's keys, newest first.</summary>
    Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct);

    /// <summary>Removes a key of that account. False where there was none.</summary>
    Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct);
}

/// <summary>What bounds accounts and their keys.</summary>
public static class AccountLimits
{
    /// <summary>Accounts of one installation.</summary>
    public const int MaxAccounts = 1000;

    /// <summary>API keys of one account.</summary>
    public const int MaxKeys = 1000;
}
