using Microsoft.AspNetCore.Identity;

namespace Countersign.Server.Passkeys;

/// <summary>Whom a ceremony is about.</summary>
/// <param name="Handle">What authenticators know them by.</param>
/// <param name="Passkey">The passkey that is to answer; null in a registration.</param>
sealed record OnePerson(string Handle, UserPasskeyInfo? Passkey);

/// <summary>The store of users of one ceremony: one person with one passkey, for reading.</summary>
sealed class OnePersonStore(OnePerson person) : IUserPasskeyStore<OnePerson>
{
    public Task<string> GetUserIdAsync(OnePerson user, CancellationToken cancellationToken) => Task.FromResult(user.Handle);

    public Task<OnePerson?> FindByIdAsync(string userId, CancellationToken cancellationToken) => Task.FromResult(userId == person.Handle ? person : null);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(OnePerson user, byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(user.Passkey is { } passkey && passkey.CredentialId.AsSpan().SequenceEqual(credentialId) ? passkey : null);

    public Task<OnePerson?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(person.Passkey is { } passkey && passkey.CredentialId.AsSpan().SequenceEqual(credentialId) ? person : null);

    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(OnePerson user, CancellationToken cancellationToken) =>
        Task.FromResult<IList<UserPasskeyInfo>>(user.Passkey is { } passkey ? [passkey] : []);

    public void Dispose()
    {
    }

    // What no ceremony asks for.
    public Task AddOrUpdatePasskeyAsync(OnePerson user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemovePasskeyAsync(OnePerson user, byte[] credentialId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> GetUserNameAsync(OnePerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetUserNameAsync(OnePerson user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string?> GetNormalizedUserNameAsync(OnePerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(OnePerson user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(OnePerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(OnePerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(OnePerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<OnePerson?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw new NotSupportedException();
}
