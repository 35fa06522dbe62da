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
