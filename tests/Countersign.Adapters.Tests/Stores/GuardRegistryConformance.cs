using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Geo permissions and lists of numbers come back as they were kept; what else a registry does is shown by that of carriers.</summary>
public abstract class GuardRegistryConformance(StoreHome home) : StoreConformance(home)
{
    [Fact]
    public async Task Geo_permissions_come_back_with_their_default_and_their_countries()
    {
        var permissions = new AccountGeoPermissions
        {
            AccountSid = Given.Account,
            Table = new GeoTable
            {
                Default = GeoRules.All(GeoRule.Deny),
                Countries = new Dictionary<string, GeoRules> { ["DE"] = default, ["ZZ"] = new(GeoRule.Watch, GeoRule.Deny, GeoRule.Allow) },
            },
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening.AddMilliseconds(5),
        };

        await Store.GeoPermissions.PutAsync(Given.Account, permissions.Name, _ => permissions, Ct);
        await ReopenAsync();

        Assert.Equal(JsonSerializer.Serialize(permissions), JsonSerializer.Serialize(Store.GeoPermissions.Find(Given.Account, permissions.Name)));
    }

    [Fact]
    public async Task Parts_of_a_list_come_back_with_every_entry_and_without_any()
    {
        var entries = new Dictionary<UInt128, ListedNumber>
        {
            [Given.Destination(5)] = new()
            {
                Sid = Sid.Parse("GN0123456789abcdef0123456789abcdef", "GN"),
                Value = Desk.Ann.Reveal(),
                IsPrefix = false,
                Note = "Grüße, \"VIP\"",
                CreatedAt = Desk.Opening.AddTicks(1234567),
                ExpiresAt = Desk.Opening.AddDays(1),
            },
            [UInt128.MaxValue] = new() { Sid = Sid.Parse("GNffffffffffffffffffffffffffffffff", "GN"), Value = Desk.Bob.Reveal(), IsPrefix = false, CreatedAt = Desk.Opening },
        };
        await PutAsync(ListKind.Safe, 0x7f, entries);
        await PutAsync(ListKind.Block, NumberListPart.Prefixes, []);

        await ReopenAsync();

        var safe = Store.NumberLists.Find(Given.Account, "safe/7f")!;
        Assert.Equal((ListKind.Safe, 0x7f), (safe.Kind, safe.Part));
        Assert.Equal(entries, safe.Entries);
        var block = Store.NumberLists.Find(Given.Account, "block/prefixes")!;
        Assert.Equal((ListKind.Block, NumberListPart.Prefixes), (block.Kind, block.Part));
        Assert.Empty(block.Entries);
    }

    Task<NumberListPart?> PutAsync(ListKind kind, int part, Dictionary<UInt128, ListedNumber> entries) => Store.NumberLists.PutAsync(
        Given.Account,
        NumberListPart.NameOf(kind, part),
        _ => new NumberListPart { AccountSid = Given.Account, Kind = kind, Part = part, Entries = entries, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening },
        Ct);
}
