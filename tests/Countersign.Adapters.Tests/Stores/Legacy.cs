using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Insight;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What an installation has in its store when a newer version is started on it.</summary>
sealed class Legacy
{
    static readonly Sid KeySid = Sid.Parse("SK00000000000000000000000000000001", "SK");

    static readonly SecretHash Hash = new(1, [.. Enumerable.Repeat((byte)7, 32)]);

    Verification _sent = null!;
    Verification _waiting = null!;
    Verification _approved = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Configuration, three verifications, and of their messages one that nobody has sent.</summary>
    public static async Task<Legacy> LeaveAsync(IStores stores)
    {
        await stores.Accounts.SaveAccountAsync(new Account { Sid = Given.Account, FriendlyName = "Owl", AuthToken = new ApiSecret("token of the account"), CreatedAt = Desk.Opening }, Ct);
        await stores.Accounts.CreateKeyAsync(new ApiKey { Sid = KeySid, AccountSid = Given.Account, FriendlyName = "Key", SecretHash = Hash, CreatedAt = Desk.Opening }, Ct);
        await stores.Services.CreateAsync(Given.FullService(Given.Service), Ct);
        await stores.Carriers.PutAsync(Given.Account, "acme", _ => Carrier(), Ct);
        var left = new Legacy
        {
            _sent = await stores.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening)),
            _approved = await stores.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening)),
        };
        await stores.Outbox.RecordAsync([.. (await FullOutbox.ClaimAsync(stores.Outbox, 2)).Select(OutboxConformance.Sent)], Ct);
        await stores.Verifications.ChangeAsync(left._sent.Sid, current => left._sent = current with { Checks = 1 });
        await stores.Verifications.ChangeAsync(left._approved.Sid, current => left._approved = current with { Status = VerificationStatus.Approved });
        left._waiting = await stores.Verifications.SendAsync(3, Given.Verification(3, Desk.Opening), new OneTimeCode("a1B2c3"));
        return left;
    }

    /// <summary>Finds all of it that the tables of that time had room for, and goes on from there.</summary>
    public async Task IsFoundAsync(IStores stores, Func<string, bool> had)
    {
        var account = (await stores.Accounts.FindAccountAsync(Given.Account, Ct))!;
        Assert.Equal(("Owl", "token of the account", null), (account.FriendlyName, account.AuthToken.Reveal(), account.SecondaryToken?.Reveal()));
        Assert.Equal(Hash.Hash, (await stores.Accounts.FindKeyAsync(KeySid, Ct))!.SecretHash.Hash);
        Same.Service(Given.FullService(Given.Service), await stores.Services.FindAsync(Given.Service, Ct));
        Assert.Equal(had("registry"), stores.Carriers.Find(Given.Account, "acme") is not null);

        Same.Verification(_sent, await stores.Verifications.FindAsync(1));
        Same.Verification(_approved, await stores.Verifications.FindAsync(2));
        Same.Verification(_waiting, await stores.Verifications.FindAsync(_waiting.Sid));
        Assert.Equal(had("attempt") ? AttemptStatus.Sent : null, (await stores.Attempts.FindAsync(_sent.Attempts[0].Sid, Ct))?.Status);
        Assert.Equal(had("rollup") ? 3 : 0, await StartsAsync(stores));

        var message = Assert.Single(await FullOutbox.ClaimAsync(stores.Outbox, 1));
        Assert.Equal((_waiting.Attempts[0].Sid, "a1B2c3"), (message.Attempt.Sid, message.CustomCode?.Reveal()));
        await stores.Outbox.RecordAsync([OutboxConformance.Sent(message)], Ct);
        Assert.Equal(AttemptStatus.Sent, (await stores.Attempts.FindAsync(_waiting.Attempts[0].Sid, Ct))?.Status);
        await stores.Verifications.ChangeAsync(_sent.Sid, current => current with { Checks = 2 });
        await stores.Verifications.SendAsync(4, Given.Verification(4, Desk.Opening));
        Assert.Equal(2, (await stores.Verifications.FindAsync(1))!.Checks);
        Assert.Equal(had("rollup") ? 4 : 1, await StartsAsync(stores));
        Assert.Equal(1, (await stores.Outbox.DepthAsync(Ct)).Waiting);

        // What has come since.
        await stores.Carriers.PutAsync(Given.Account, "acme", _ => Carrier(), Ct);
        Assert.Equal("other token", (await stores.Accounts.ChangeAccountAsync(Given.Account, before => before with { SecondaryToken = new ApiSecret("other token") }, Ct))!.SecondaryToken?.Reveal());
    }

    static async Task<long> StartsAsync(IStores stores)
    {
        var read = await stores.Rollups.ReadAsync(new RollupQuery { Account = Given.Account, From = Desk.Opening.AddDays(-1), To = Desk.Opening.AddDays(1), GroupBy = RollupGroups.None }, Ct);
        return read.Rows.Sum(row => row.Counts[RollupCounter.Starts]);
    }

    static CarrierDefinition Carrier() => new()
    {
        AccountSid = Given.Account,
        Name = "acme",
        Kind = "test",
        Settings = new Dictionary<string, string>(),
        Secrets = new Dictionary<string, string> { ["token"] = "not-a-real-secret" },
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };
}
