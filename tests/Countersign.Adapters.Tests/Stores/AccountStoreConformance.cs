using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

public abstract class AccountStoreConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid Other = Sid.Parse("AC00000000000000000000000000000000", "AC");

    [Fact]
    public async Task In_an_empty_store_there_is_nobody()
    {
        Assert.Null(await Store.Accounts.FirstAccountAsync(Ct));
        Assert.Null(await Store.Accounts.FindAccountAsync(Given.Account, Ct));
        Assert.Null(await Store.Accounts.FindKeyAsync(KeySid(1), Ct));
        Assert.Empty(await Store.Accounts.ListKeysAsync(Given.Account, Ct));
        Assert.False(await Store.Accounts.DeleteKeyAsync(Given.Account, KeySid(1), Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_account_is_found_with_its_token(bool reopened)
    {
        await Store.Accounts.SaveAccountAsync(Account(Given.Account, "Ünï & co", "token of the account"), Ct);
        if (reopened)
            await ReopenAsync();

        var found = await Store.Accounts.FindAccountAsync(Given.Account, Ct);

        Assert.Equal((Given.Account, "Ünï & co", "token of the account", Desk.Opening), (found!.Sid, found.FriendlyName, found.AuthToken.Reveal(), found.CreatedAt));
        Assert.Null(await Store.Accounts.FindAccountAsync(Other, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Saving_again_replaces_name_and_token_and_the_first_account_stays_first(bool reopened)
    {
        await Store.Accounts.SaveAccountAsync(Account(Given.Account, "Old", "old token"), Ct);
        await Store.Accounts.SaveAccountAsync(Account(Other, "Second", "other token"), Ct);
        await Store.Accounts.SaveAccountAsync(Account(Given.Account, "New", "new token"), Ct);
        if (reopened)
            await ReopenAsync();

        var first = await Store.Accounts.FirstAccountAsync(Ct);

        Assert.Equal((Given.Account, "New", "new token"), (first!.Sid, first.FriendlyName, first.AuthToken.Reveal()));
        Assert.Equal("other token", (await Store.Accounts.FindAccountAsync(Other, Ct))!.AuthToken.Reveal());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keys_are_found_and_listed_newest_first(bool reopened)
    {
        foreach (var number in new[] { 2, 1, 3 })
            await Store.Accounts.CreateKeyAsync(Key(number, Given.Account), Ct);
        await Store.Accounts.CreateKeyAsync(Key(4, Other), Ct);
        if (reopened)
            await ReopenAsync();

        var found = await Store.Accounts.FindKeyAsync(KeySid(2), Ct);

        Assert.Equal((Given.Account, "Key 2", 1, Desk.Opening), (found!.AccountSid, found.FriendlyName, found.SecretHash.KeyId, found.CreatedAt));
        Assert.Equal(Key(2, Given.Account).SecretHash.Hash, found.SecretHash.Hash);
        Assert.Equal([KeySid(3), KeySid(1), KeySid(2)], (await Store.Accounts.ListKeysAsync(Given.Account, Ct)).Select(key => key.Sid));
        Assert.Equal(KeySid(4), Assert.Single(await Store.Accounts.ListKeysAsync(Other, Ct)).Sid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Accounts_are_changed_and_listed_newest_first_with_all_that_was_saved(bool reopened)
    {
        await Store.Accounts.SaveAccountAsync(Account(Given.Account, "First", "first token"), Ct);
        await Store.Accounts.SaveAccountAsync(Account(Other, "Second", "other token"), Ct);
        var second = new ApiSecret("the secondary token");

        var changed = await Store.Accounts.ChangeAccountAsync(Given.Account, account => account with { SecondaryToken = second, Status = AccountStatus.Suspended }, Ct);
        await Store.Accounts.ChangeAccountAsync(Other, account => account with { AuthToken = second, SecondaryToken = null, FriendlyName = "Renamed" }, Ct);
        var same = await Store.Accounts.ChangeAccountAsync(Other, _ => null, Ct);
        if (reopened)
            await ReopenAsync();

        Assert.Equal((AccountStatus.Suspended, "Renamed"), (changed!.Status, same!.FriendlyName));
        Assert.Null(await Store.Accounts.ChangeAccountAsync(Sid.Parse("AC11111111111111111111111111111111", "AC"), account => account, Ct));
        Assert.Equal(
            [(Other, "Renamed", AccountStatus.Active, "the secondary token", null), (Given.Account, "First", AccountStatus.Suspended, "first token", "the secondary token")],
            (await Store.Accounts.ListAccountsAsync(Ct)).Select(account => (account.Sid, account.FriendlyName, account.Status, account.AuthToken.Reveal(), account.SecondaryToken?.Reveal())));
        Assert.Equal(Given.Account, (await Store.Accounts.FirstAccountAsync(Ct))!.Sid);
    }

    [Fact]
    public async Task Changes_of_one_account_at_a_time_lose_none()
    {
        await Store.Accounts.SaveAccountAsync(Account(Given.Account, "", "token"), Ct);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Store.Accounts.ChangeAccountAsync(Given.Account, account => account with { FriendlyName = account.FriendlyName + "x" }, Ct)));

        Assert.Equal(new string('x', 20), (await Store.Accounts.FindAccountAsync(Given.Account, Ct))!.FriendlyName);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_keys_kind_and_permissions_are_kept_and_changed_by_its_own_account_only(bool reopened)
    {
        await Store.Accounts.CreateKeyAsync(Key(1, Given.Account) with { Kind = ApiKeyKind.Restricted, Allow = ["/a/read"] }, Ct);
        await Store.Accounts.CreateKeyAsync(Key(2, Given.Account) with { Kind = ApiKeyKind.Standard }, Ct);

        Assert.Null(await Store.Accounts.ChangeKeyAsync(Other, KeySid(1), "Stolen", ["/b/read"], Ct));
        var changed = await Store.Accounts.ChangeKeyAsync(Given.Account, KeySid(1), null, ["/a/read", "/b/create"], Ct);
        await Store.Accounts.ChangeKeyAsync(Given.Account, KeySid(2), "Renamed", null, Ct);
        if (reopened)
            await ReopenAsync();

        Assert.Equal(["/a/read", "/b/create"], changed!.Allow);
        var (one, two) = ((await Store.Accounts.FindKeyAsync(KeySid(1), Ct))!, (await Store.Accounts.FindKeyAsync(KeySid(2), Ct))!);
        Assert.Equal((ApiKeyKind.Restricted, "Key 1", ApiKeyKind.Standard, "Renamed"), (one.Kind, one.FriendlyName, two.Kind, two.FriendlyName));
        Assert.Equal(["/a/read", "/b/create"], one.Allow);
        Assert.Empty(two.Allow);
    }

    [Fact]
    public async Task A_key_is_removed_by_its_own_account_only()
    {
        await Store.Accounts.CreateKeyAsync(Key(1, Given.Account), Ct);

        Assert.False(await Store.Accounts.DeleteKeyAsync(Other, KeySid(1), Ct));
        Assert.NotNull(await Store.Accounts.FindKeyAsync(KeySid(1), Ct));

        Assert.True(await Store.Accounts.DeleteKeyAsync(Given.Account, KeySid(1), Ct));
        await ReopenAsync();
        Assert.Null(await Store.Accounts.FindKeyAsync(KeySid(1), Ct));
        Assert.False(await Store.Accounts.DeleteKeyAsync(Given.Account, KeySid(1), Ct));
    }

    [Fact]
    public async Task Keys_and_accounts_that_are_made_at_once_stay_within_what_there_may_be()
    {
        var keys = await Task.WhenAll(Enumerable.Range(0, AccountLimits.MaxKeys + 100).Select(number => Store.Accounts.CreateKeyAsync(Key(number, Given.Account), Ct)));
        var accounts = await Task.WhenAll(Enumerable.Range(0, AccountLimits.MaxAccounts + 100).Select(number =>
            Store.Accounts.SaveAccountAsync(Account(Sid.Parse($"AC{number:x32}", "AC"), "Name", "token"), Ct)));

        Assert.Equal((AccountLimits.MaxKeys, AccountLimits.MaxAccounts), (keys.Count(made => made), accounts.Count(made => made)));
        Assert.Equal(AccountLimits.MaxKeys, (await Store.Accounts.ListKeysAsync(Given.Account, Ct)).Count);
        var there = await Store.Accounts.ListAccountsAsync(Ct);
        Assert.Equal(AccountLimits.MaxAccounts, there.Count);
        Assert.True(await Store.Accounts.CreateKeyAsync(Key(AccountLimits.MaxKeys + 100, Other), Ct));
        Assert.True(await Store.Accounts.SaveAccountAsync(there[7] with { FriendlyName = "Renamed" }, Ct));
        Assert.Equal("Closed", (await Store.Accounts.ChangeAccountAsync(there[8].Sid, before => before with { FriendlyName = "Closed" }, Ct))!.FriendlyName);
    }

    static Sid KeySid(int number) => Sid.Parse($"SK{number:x32}", "SK");

    static Account Account(Sid sid, string name, string token) => new() { Sid = sid, FriendlyName = name, AuthToken = new ApiSecret(token), CreatedAt = Desk.Opening };

    static ApiKey Key(int number, Sid account) => new()
    {
        Sid = KeySid(number),
        AccountSid = account,
        FriendlyName = $"Key {number}",
        SecretHash = new SecretHash(1, [.. Enumerable.Repeat((byte)number, 32)]),
        CreatedAt = Desk.Opening,
    };
}
