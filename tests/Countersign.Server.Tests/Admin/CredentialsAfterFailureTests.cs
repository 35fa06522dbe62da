using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Verifications;
using Countersign.Server.Tests.Running;
using Countersign.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin;

/// <summary>What is taken away lets in no more, also where the store did it and could not say so.</summary>
public sealed class CredentialsAfterFailureTests : IAsyncLifetime
{
    RunningServer _server = null!;
    MuteStore? _store;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(
        [], services => services.AddSingleton<IAccountStore>(provider => _store = new MuteStore(provider.GetRequiredService<IStores>().Accounts)));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_key_that_was_revoked()
    {
        var made = await _server.Api.PostJsonAsync("/admin/v1/keys", "{}");
        var client = _server.Client(made.AssertStatus(201).Text("sid")!, made.Text("secret")!);
        (await client.GetAsync(RunningServer.ServicePath)).AssertStatus(200);

        var answer = await MutelyAsync(() => _server.Api.DeleteAsync($"/admin/v1/keys/{client.User}"));

        answer.AssertError(503, 20503, "store_unavailable");
        (await client.GetAsync(RunningServer.ServicePath)).AssertError(401, 20003, "bad_credentials");
    }

    [Fact]
    public async Task A_key_that_is_revoked_again()
    {
        var made = await _server.Api.PostJsonAsync("/admin/v1/keys", "{}");
        var client = _server.Client(made.AssertStatus(201).Text("sid")!, made.Text("secret")!);
        (await client.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        await _server.Services.GetRequiredService<IStores>().Accounts.DeleteKeyAsync(Sid.Parse(RunningServer.AccountSid, "AC"), Sid.Parse(client.User, "SK"), CancellationToken.None);

        (await _server.Api.DeleteAsync($"/admin/v1/keys/{client.User}")).AssertError(404, 20404, "not_found");

        (await client.GetAsync(RunningServer.ServicePath)).AssertError(401, 20003, "bad_credentials");
    }

    [Fact]
    public async Task What_a_key_may_no_more()
    {
        var made = await _server.Api.PostJsonAsync("/admin/v1/keys", """{"kind":"restricted","policy":{"allow":["/verify/services/read"]}}""");
        var client = _server.Client(made.AssertStatus(201).Text("sid")!, made.Text("secret")!);
        (await client.GetAsync(RunningServer.ServicePath)).AssertStatus(200);

        var answer = await MutelyAsync(() => _server.Api.PostJsonAsync($"/admin/v1/keys/{client.User}", """{"policy":{"allow":["/verify/verifications/read"]}}"""));

        answer.AssertError(503, 20503, "store_unavailable");
        Assert.Equal(403, (await client.GetAsync(RunningServer.ServicePath)).Status);
    }

    [Fact]
    public async Task A_token_that_was_removed_and_an_account_that_was_suspended()
    {
        var made = await _server.Api.PostJsonAsync("/admin/v1/accounts", """{"friendly_name":"Other"}""");
        var account = made.AssertStatus(201).Text("sid")!;
        var first = _server.Client(account, _server.Secret(made.Text("auth_token")!));
        var added = await first.PostJsonAsync($"/admin/v1/accounts/{account}/auth-token/secondary", "{}");
        var second = _server.Client(account, _server.Secret(added.AssertStatus(201).Text("secondary_auth_token")!));
        (await second.GetAsync("/v2/Services")).AssertStatus(200);

        (await MutelyAsync(() => first.DeleteAsync($"/admin/v1/accounts/{account}/auth-token/secondary"))).AssertError(503, 20503, "store_unavailable");
        (await second.GetAsync("/v2/Services")).AssertError(401, 20003, "bad_credentials");

        (await first.GetAsync("/v2/Services")).AssertStatus(200);
        (await MutelyAsync(() => _server.Api.PostJsonAsync($"/admin/v1/accounts/{account}", """{"status":"suspended"}"""))).AssertError(503, 20503, "store_unavailable");
        Assert.NotEqual(200, (await first.GetAsync("/v2/Services")).Status);
    }

    async Task<Answer> MutelyAsync(Func<Task<Answer>> ask)
    {
        _store!.IsMute = true;
        var answer = await ask();
        _store.IsMute = false;
        return answer;
    }

    /// <summary>A store that does what it is asked to, and does not know whether it will last.</summary>
    sealed class MuteStore(IAccountStore store) : IAccountStore
    {
        public Account? LastRead(Sid account) => store.LastRead(account);

        public bool IsMute { get; set; }

        public async Task<Account?> ChangeAccountAsync(Sid account, Func<Account, Account?> change, CancellationToken ct) => Said(await store.ChangeAccountAsync(account, change, ct));

        public async Task<ApiKey?> ChangeKeyAsync(Sid account, Sid key, string? friendlyName, IReadOnlyList<string>? allow, CancellationToken ct) =>
            Said(await store.ChangeKeyAsync(account, key, friendlyName, allow, ct));

        public async Task<bool> DeleteKeyAsync(Sid account, Sid key, CancellationToken ct) => Said(await store.DeleteKeyAsync(account, key, ct));

        public Task<bool> SaveAccountAsync(Account account, CancellationToken ct) => store.SaveAccountAsync(account, ct);

        public Task<Account?> FindAccountAsync(Sid account, CancellationToken ct) => store.FindAccountAsync(account, ct);

        public Task<Account?> FirstAccountAsync(CancellationToken ct) => store.FirstAccountAsync(ct);

        public Task<IReadOnlyList<Account>> ListAccountsAsync(CancellationToken ct) => store.ListAccountsAsync(ct);

        public Task<bool> CreateKeyAsync(ApiKey key, CancellationToken ct) => store.CreateKeyAsync(key, ct);

        public Task<ApiKey?> FindKeyAsync(Sid key, CancellationToken ct) => store.FindKeyAsync(key, ct);

        public Task<IReadOnlyList<ApiKey>> ListKeysAsync(Sid account, CancellationToken ct) => store.ListKeysAsync(account, ct);

        T Said<T>(T result) => IsMute ? throw new StoreUnavailableException("The disk did not keep what was written.") : result;
    }
}
