using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Registry;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IRegistry{T}"/> must do, shown by that of carriers.</summary>
public abstract class RegistryConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid OtherAccount = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

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
    public async Task A_change_that_throws_changes_nothing()
    {
        await PutAsync(Carrier("acme"));

        await Assert.ThrowsAsync<NotSupportedException>(() => Registry.PutAsync(Given.Account, "acme", _ => throw new NotSupportedException(), Ct));

        Assert.Equal(100, Registry.Find(Given.Account, "acme")!.MaxInFlight);
    }

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
