using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;

namespace Countersign.Core.Tests.Accounts;

public sealed class AuthenticateTests
{
    const string Token = "d41d8cd98f00b204e9800998ecf8427e";
    const string KeySecret = "0cc175b9c0f1b6a831c399e269772661";

    static readonly Sid AccountSid = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC");
    static readonly Sid KeySid = Sid.Parse("SK0123456789abcdef0123456789abcdef", "SK");

    readonly MemoryAccountStore _store = new();
    readonly Authenticate _authenticate;

    public AuthenticateTests()
    {
        var hasher = new SecretHasher(Rings.WithKeys(1));
        _authenticate = new Authenticate(_store, hasher);
        Save(Token);
        _ = _store.CreateKeyAsync(
            new ApiKey { Sid = KeySid, AccountSid = AccountSid, FriendlyName = "ci", SecretHash = hasher.Hash(new ApiSecret(KeySecret)), CreatedAt = default },
            CancellationToken.None);
    }

    [Fact]
    public async Task The_account_and_its_key_are_let_in_as_the_account()
    {
        Assert.Equal(AccountSid, await RunAsync(AccountSid.ToString(), Token));
        Assert.Equal(AccountSid, await RunAsync(KeySid.ToString(), KeySecret));
    }

    [Theory]
    [InlineData("AC0123456789abcdef0123456789abcdef", "")]
    [InlineData("AC0123456789abcdef0123456789abcdef", KeySecret)]
    [InlineData("SK0123456789abcdef0123456789abcdef", Token)]
    [InlineData("AC0123456789abcdef0123456789abcdee", Token)]
    [InlineData("SK0123456789abcdef0123456789abcdee", KeySecret)]
    [InlineData("VA0123456789abcdef0123456789abcdef", Token)]
    [InlineData("0123456789abcdef0123456789abcdef", Token)]
    [InlineData("", "")]
    public async Task Nobody_else_is(string user, string secret)
    {
        Assert.Null(await RunAsync(user, secret));
        Assert.Null(await RunAsync(user, secret));
    }

    [Fact]
    public async Task Known_credentials_are_read_once()
    {
        await RunAsync(AccountSid.ToString(), Token);
        var reads = _store.Reads;

        Assert.Equal(AccountSid, await RunAsync(AccountSid.ToString(), Token));

        Assert.Equal(reads, _store.Reads);
    }

    [Theory]
    [InlineData("AC0123456789abcdef0123456789abcdef", "AC0123456789abcdef0123456789abcdee")]
    [InlineData("SK0123456789abcdef0123456789abcdef", "SK0123456789abcdef0123456789abcdee")]
    public async Task A_wrong_secret_of_somebody_remembered_asks_the_store_as_often_as_somebody_unknown(string remembered, string unknown)
    {
        await RunAsync(AccountSid.ToString(), Token);
        await RunAsync(KeySid.ToString(), KeySecret);

        Assert.Equal(await ReadsOfAsync(unknown), await ReadsOfAsync(remembered));

        async Task<int> ReadsOfAsync(string user)
        {
            var before = _store.Reads;
            Assert.Null(await RunAsync(user, "not the secret"));
            return _store.Reads - before;
        }
    }

    [Fact]
    public async Task Whoever_has_the_SID_that_is_searched_for_instead_does_not_let_in_others_with_his_secret()
    {
        var zeros = Sid.Parse("AC" + new string('0', 32), "AC");
        await _store.SaveAccountAsync(new Account { Sid = zeros, FriendlyName = "Zeros", AuthToken = new ApiSecret(KeySecret), CreatedAt = default }, CancellationToken.None);
        await RunAsync(AccountSid.ToString(), Token);

        Assert.Null(await RunAsync(AccountSid.ToString(), KeySecret));
        Assert.Equal(zeros, await RunAsync(zeros.ToString(), KeySecret));
    }

    [Fact]
    public async Task A_changed_token_counts_once_the_old_one_is_forgotten()
    {
        await RunAsync(AccountSid.ToString(), Token);
        Save(KeySecret);

        _authenticate.Forget(AccountSid);

        Assert.Null(await RunAsync(AccountSid.ToString(), Token));
        Assert.Equal(AccountSid, await RunAsync(AccountSid.ToString(), KeySecret));
    }

    [Fact]
    public async Task A_key_revoked_while_it_is_being_read_is_not_remembered()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var meanwhile = RunAsync(KeySid.ToString(), KeySecret);
        await _store.DeleteKeyAsync(AccountSid, KeySid, CancellationToken.None);
        _authenticate.Forget(KeySid);
        _store.Gate = Task.CompletedTask;
        gate.SetResult();

        await meanwhile;

        Assert.Null(await RunAsync(KeySid.ToString(), KeySecret));
    }

    [Fact]
    public async Task A_key_that_was_unknown_is_let_in_once_it_exists()
    {
        var late = Sid.Parse("SKffffffffffffffffffffffffffffffff", "SK");
        Assert.Null(await RunAsync(late.ToString(), KeySecret));
        var known = await _store.FindKeyAsync(KeySid, CancellationToken.None);

        await _store.CreateKeyAsync(known! with { Sid = late }, CancellationToken.None);

        Assert.Equal(AccountSid, await RunAsync(late.ToString(), KeySecret));
    }

    [Fact]
    public async Task A_key_that_is_gone_is_forgotten_and_one_that_never_was_has_nobody_ask_again()
    {
        var stranger = Sid.Parse("SKffffffffffffffffffffffffffffffff", "SK");
        await RunAsync(KeySid.ToString(), KeySecret);
        var before = _authenticate.Version;

        _authenticate.ForgetGone(stranger, AccountSid);
        _authenticate.ForgetGone(KeySid, Sid.Parse("ACffffffffffffffffffffffffffffffff", "AC"));
        var after = _authenticate.Version;
        await _store.DeleteKeyAsync(AccountSid, KeySid, CancellationToken.None);
        _authenticate.ForgetGone(KeySid, AccountSid);

        Assert.Equal(before, after);
        Assert.NotEqual(after, _authenticate.Version);
        Assert.Null(await RunAsync(KeySid.ToString(), KeySecret));
    }

    [Fact]
    public async Task Both_tokens_let_in_until_one_is_removed_and_forgotten()
    {
        await SaveAsync(Account(Token) with { SecondaryToken = new ApiSecret("the second") });
        Assert.Equal(AccountSid, await RunAsync(AccountSid.ToString(), Token));
        Assert.Equal(AccountSid, await RunAsync(AccountSid.ToString(), "the second"));

        await SaveAsync(Account("the second"));
        _authenticate.Forget(AccountSid);

        Assert.Null(await RunAsync(AccountSid.ToString(), Token));
        Assert.Equal(AccountSid, await RunAsync(AccountSid.ToString(), "the second"));
    }

    [Fact]
    public async Task A_suspended_account_and_its_keys_are_marked_once_it_is_forgotten_and_wrong_secrets_say_nothing_of_it()
    {
        Assert.False((await AccessAsync(AccountSid, Token))!.IsInactive);
        Assert.False((await AccessAsync(KeySid, KeySecret))!.IsInactive);

        await SaveAsync(Account(Token) with { Status = AccountStatus.Suspended });
        _authenticate.Forget(AccountSid);

        Assert.True((await AccessAsync(AccountSid, Token))!.IsInactive);
        Assert.True((await AccessAsync(KeySid, KeySecret))!.IsInactive);
        Assert.Null(await AccessAsync(AccountSid, "wrong"));
        Assert.Null(await AccessAsync(KeySid, "wrong"));
    }

    [Theory]
    [InlineData(ApiKeyKind.Main, true, true, true)]
    [InlineData(ApiKeyKind.Standard, true, true, false)]
    [InlineData(ApiKeyKind.Restricted, true, false, false)]
    public async Task A_key_may_do_what_its_kind_says_and_only_a_main_one_what_nobody_has_named(ApiKeyKind kind, bool allowed, bool other, bool keys)
    {
        var sid = Sid.Parse("SKffffffffffffffffffffffffffffffff", "SK");
        var known = await _store.FindKeyAsync(KeySid, CancellationToken.None);
        await _store.CreateKeyAsync(known! with { Sid = sid, Kind = kind, Allow = kind == ApiKeyKind.Restricted ? ["/a/read", "/admin/keys/create"] : [] }, CancellationToken.None);

        var access = (await AccessAsync(sid, KeySecret))!;

        Assert.Equal(
            (allowed, other, keys, kind == ApiKeyKind.Main),
            (access.Permits(new Right("/a/read", false)), access.Permits(new Right("/a/create", false)), access.Permits(new Right("/admin/keys/create", true)), access.Permits(null)));
    }

    async Task<Sid?> RunAsync(string user, string secret) => (await _authenticate.RunAsync(user, secret, CancellationToken.None))?.Account;

    Task<Access?> AccessAsync(Sid user, string secret) => _authenticate.RunAsync(user.ToString(), secret, CancellationToken.None).AsTask();

    Task<bool> SaveAsync(Account account) => _store.SaveAccountAsync(account, CancellationToken.None);

    static Account Account(string token) => new() { Sid = AccountSid, FriendlyName = "First", AuthToken = new ApiSecret(token), CreatedAt = default };

    void Save(string token) => _ = _store.SaveAccountAsync(
        new Account { Sid = AccountSid, FriendlyName = "First", AuthToken = new ApiSecret(token), CreatedAt = default }, CancellationToken.None);
}
