using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Hosting;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Hosting;

public sealed class BootstrapTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_preset_token_replaces_the_token_alone_whatever_another_server_does_to_the_account_meanwhile()
    {
        var accounts = server.Services.GetRequiredService<IAccountStore>();
        var account = new Account { Sid = Sid.NewRandom("AC", RandomSource.System), FriendlyName = "Old", AuthToken = new ApiSecret("before"), CreatedAt = server.Clock.GetUtcNow() };
        await accounts.SaveAccountAsync(account, CancellationToken.None);
        var preset = new BootstrapOptions { AccountSid = account.Sid.ToString(), AuthToken = "from-the-settings" };
        var between = new Between(accounts, found => found with { FriendlyName = "New", Status = AccountStatus.Suspended, SecondaryToken = new ApiSecret("second") });

        var result = await new Bootstrap(
            between, server.Services.GetRequiredService<IServiceStore>(), preset, new TokenNotice(Path.GetTempPath()), server.Clock, RandomSource.System).RunAsync(CancellationToken.None);

        var after = (await accounts.FindAccountAsync(account.Sid, CancellationToken.None))!;
        Assert.Equal(
            ("New", AccountStatus.Suspended, "second", "from-the-settings"), (after.FriendlyName, after.Status, after.SecondaryToken!.Reveal(), after.AuthToken.Reveal()));
        Assert.Equal((account.Sid, "from-the-settings", false), (result.Account!.Sid, result.Account.AuthToken.Reveal(), result.ShowsToken));
    }

    /// <summary>A store in which something happens to an account right after it was read.</summary>
    sealed class Between(IAccountStore store, Func<Account, Account> happens) : IAccountStore
    {
        public Account? LastRead(Sid account) => store.LastRead(account);

        public async Task<Account?> FindAccountAsync(Sid account, CancellationToken ct)
        {
            var found = await store.FindAccountAsync(account, ct);
            await store.ChangeAccountAsync(account, happens, ct);
            return found;
        }

        public Task<Account?> ChangeAccountAsync(Sid account, Func<Account, Account?> change, CancellationToken ct) => store.ChangeAccountAsync(account, change, ct);

        public Task<bool> SaveAccountAsync(Account account, CancellationToken ct) => store.SaveAccountAsync(account, ct);

        public Task<Account?> FirstAccountAsync(CancellationToken ct) => store.FirstAccountAsync(ct);

        public Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken ct) => store.ListAccountsAsync(ct);

        public Task<bool> CreateKeyAsync(ApiKey key, CancellationToken ct) => store.CreateKeyAsync(key, ct);

        public Task<ApiKey?> ChangeKeyAsync(Sid account, Sid key, string? friendlyName, IReadOnlyList<string>? allow, CancellationToken ct) =>
            store.ChangeKeyAsync(account, key, friendlyName, allow, ct);

        public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => store.FindKeyAsync(key, ct);

        public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) => store.ListKeysAsync(account, ct);

        public Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct) => store.DeleteKeyAsync(account, key, ct);
    }
}
