using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Registry;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IRegistry{T}"/> must do, shown by that of carriers.</summary>
public abstract class RegistryConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid OtherAccount = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

    static readonly Sid OtherService = Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA");

    IRegistry<CarrierDefinition> Registry => Store.Carriers;

    [Fact]
    public async Task An_entry_comes_back_whole_also_after_reopening()
    {
        var full = Carrier("acme") with
        {
            Enabled = false,
            Settings = new Dictionary<string, string> { ["from"] = "+14155550100", ["text"] = "a\nb \"c\"" },
            Secrets = new Dictionary<string, string> { ["token"] = "not-a-real-secret" },
            Senders = ["Acme", "+14155550100"],
            Prices = new Dictionary<string, decimal> { ["*"] = 0.05m, ["DE"] = 0.0875m },
            MaxInFlight = 7,
            UpdatedAt = Desk.Opening.AddMilliseconds(5),
        };

        Assert.Same(full, await PutAsync(full));
        await ReopenAsync();

        Assert.Equal(JsonSerializer.Serialize(full), JsonSerializer.Serialize(Registry.Find(Given.Account, "acme")));
    }

    [Fact]
    public async Task Entries_stand_in_the_order_of_creation_and_belong_to_their_account()
    {
        await PutAsync(Carrier("zeta"));
        await PutAsync(Carrier("beta", OtherAccount));
        await PutAsync(Carrier("acme"));
        await PutAsync(Carrier("zeta") with { MaxInFlight = 3 });

        Assert.Equal(["zeta", "acme"], Registry.Of(Given.Account).Select(entry => entry.Name));
        Assert.Equal(["zeta", "beta", "acme"], Registry.All.Select(entry => entry.Name));
        Assert.Null(Registry.Find(Given.Account, "beta"));
        await ReopenAsync();
        Assert.Equal(["zeta", "beta", "acme"], Registry.All.Select(entry => entry.Name));
        Assert.Equal(3, Registry.Find(Given.Account, "zeta")!.MaxInFlight);
    }

    [Fact]
    public async Task Every_change_moves_the_version_and_nothing_else_does()
    {
        var before = Registry.Version;
        await PutAsync(Carrier("acme"));
        var added = Registry.Version;
        await Registry.PutAsync(Given.Account, "acme", _ => null, Ct);
        await Registry.DeleteAsync(Given.Account, "nobody", Ct);
        Assert.Equal(added, Registry.Version);

        await Registry.DeleteAsync(Given.Account, "acme", Ct);

        Assert.True(before < added && added < Registry.Version);
    }

    [Fact]
    public async Task What_is_deleted_is_gone_for_good()
    {
        await PutAsync(Carrier("acme"));

        Assert.True(await Registry.DeleteAsync(Given.Account, "acme", Ct));
        Assert.False(await Registry.DeleteAsync(Given.Account, "acme", Ct));

        Assert.Null(Registry.Find(Given.Account, "acme"));
        await ReopenAsync();
        Assert.Empty(Registry.All);
    }

    [Fact]
    public async Task Changes_at_once_all_count()
    {
        await PutAsync(Carrier("acme") with { MaxInFlight = 1 });

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Registry.PutAsync(Given.Account, "acme", before => before! with { MaxInFlight = before.MaxInFlight + 1 }, Ct)));

        Assert.Equal(51, Registry.Find(Given.Account, "acme")!.MaxInFlight);
    }

    [Fact]
    public async Task An_account_has_a_bounded_number()
    {
        await Task.WhenAll(Enumerable.Range(0, IRegistry<CarrierDefinition>.MaxPerAccount).Select(number => PutAsync(Carrier($"c{number}"))));

        Assert.Null(await PutAsync(Carrier("one-more")));
        Assert.NotNull(await PutAsync(Carrier("c7") with { MaxInFlight = 9 }));
        Assert.NotNull(await PutAsync(Carrier("one-more", OtherAccount)));
    }

    [Fact]
    public async Task A_hundred_limits_that_are_made_at_once_stay_within_what_a_service_may_have()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => PutAsync(Store.RateLimits, Limit(Given.Service, $"limit{number}"))));

        Assert.Equal(RateLimit.MaxPerService, added.Count(entry => entry is not null));
        Assert.Equal(RateLimit.MaxPerService, Store.RateLimits.Of(Given.Account).Count);
        var there = added.First(entry => entry is not null)!;
        Assert.Equal("changed", (await PutAsync(Store.RateLimits, there with { Description = "changed" }))!.Description);
        Assert.NotNull(await PutAsync(Store.RateLimits, Limit(OtherService, "limit")));
        Assert.True(await Store.RateLimits.DeleteAsync(Given.Account, there.Name, Ct));
        Assert.NotNull(await PutAsync(Store.RateLimits, Limit(Given.Service, "after")));
        Assert.Null(await PutAsync(Store.RateLimits, Limit(Given.Service, "one-more")));
    }

    [Fact]
    public async Task A_hundred_webhooks_or_sinks_that_are_made_at_once_stay_within_what_there_may_be()
    {
        var webhooks = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => PutAsync(Store.Webhooks, new Webhook
        {
            Sid = Sid.Parse($"YW{number:x32}", "YW"),
            AccountSid = Given.Account,
            ServiceSid = number % 2 == 0 ? Given.Service : OtherService,
            FriendlyName = "Hook",
            EventNames = ["*"],
            Url = "https://example.com/",
            Secret = new SigningSecret("whsec_not-a-real-secret"),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        })));
        var sinks = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => PutAsync(Store.EventSinks, new EventSink
        {
            Sid = Sid.Parse($"DG{number:x32}", "DG"),
            AccountSid = number % 2 == 0 ? Given.Account : OtherAccount,
            Url = "https://example.com/",
            Secret = new SigningSecret("whsec_not-a-real-secret"),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        })));

        Assert.Equal(2 * Webhook.MaxPerService, webhooks.Count(entry => entry is not null));
        Assert.Equal(Webhook.MaxPerService, Store.Webhooks.All.Count(webhook => webhook.ServiceSid == OtherService));
        Assert.Equal(2 * EventSink.MaxPerAccount, sinks.Count(entry => entry is not null));
        Assert.Equal(EventSink.MaxPerAccount, Store.EventSinks.Of(OtherAccount).Count);
    }

    [Fact]
    public async Task A_change_that_throws_changes_nothing()
    {
        await PutAsync(Carrier("acme"));

        await Assert.ThrowsAsync<NotSupportedException>(() => Registry.PutAsync(Given.Account, "acme", _ => throw new NotSupportedException(), Ct));

        Assert.Equal(100, Registry.Find(Given.Account, "acme")!.MaxInFlight);
    }

    static Task<T?> PutAsync<T>(IRegistry<T> registry, T entry)
        where T : class, IRegistered => registry.PutAsync(entry.AccountSid, entry.Name, _ => entry, Ct);

    static RateLimit Limit(Sid service, string name) => new()
    {
        Sid = Sid.Parse("RK00000000000000000000000000000001", "RK"),
        AccountSid = Given.Account,
        ServiceSid = service,
        UniqueName = name,
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };

    Task<CarrierDefinition?> PutAsync(CarrierDefinition definition) => Registry.PutAsync(definition.AccountSid, definition.Name, _ => definition, Ct);

    static CarrierDefinition Carrier(string name, Sid? account = null) => new()
    {
        AccountSid = account ?? Given.Account,
        Name = name,
        Kind = "test",
        Settings = new Dictionary<string, string>(),
        Secrets = new Dictionary<string, string>(),
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };
}
