using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

public abstract class ServiceStoreConformance(StoreHome home) : StoreConformance(home)
{
    [Fact]
    public async Task Of_no_service_nothing_is_found_changed_or_removed()
    {
        Assert.Null(await Store.Services.FindAsync(Given.Service, Ct));
        Assert.Null(await Store.Services.UpdateAsync(Given.Service, service => service, Ct));
        Assert.False(await Store.Services.DeleteAsync(Given.Service, Ct));
        Assert.Empty((await Store.Services.ListAsync(Given.Account, new PageRequest(10, null), Ct)).Items);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_service_is_found_with_all_its_settings(bool reopened)
    {
        var full = Given.FullService(Given.Service);
        var plain = Plain(Given.OtherService, "Plain");
        Assert.True(await Store.Services.CreateAsync(full, Ct));
        Assert.True(await Store.Services.CreateAsync(plain, Ct));

        if (reopened)
            await ReopenAsync();

        Same.Service(full, await Store.Services.FindAsync(Given.Service, Ct));
        Same.Service(plain, await Store.Services.FindAsync(Given.OtherService, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_is_kept(bool reopened)
    {
        await Store.Services.CreateAsync(Plain(Given.Service, "Before"), Ct);

        var changed = Given.FullService(Given.Service);
        Same.Service(changed, await Store.Services.UpdateAsync(Given.Service, before => changed with { CreatedAt = before.CreatedAt }, Ct));

        if (reopened)
            await ReopenAsync();
        Same.Service(changed, await Store.Services.FindAsync(Given.Service, Ct));
    }

    [Fact]
    public async Task A_change_keeps_what_a_newer_version_has_set()
    {
        await Store.Services.CreateAsync(Plain(Given.Service, "Before"), Ct);
        await Home.ExecuteAsync("""UPDATE service SET settings = replace(settings, '{"FriendlyName"', '{"LaterSetting":"kept","FriendlyName"')""");

        Assert.NotNull(await Store.Services.UpdateAsync(Given.Service, before => before with { FriendlyName = "After" }, Ct));

        var kept = JsonElement.Parse((string)(await Home.ExecuteAsync("SELECT settings FROM service"))!);
        Assert.Equal(("kept", "After"), (kept.GetProperty("LaterSetting").GetString(), kept.GetProperty("FriendlyName").GetString()));
    }

    [Fact]
    public async Task Of_many_changes_at_once_all_count()
    {
        var service = Plain(Given.Service, "Counted") with { CodeLifetime = TimeSpan.FromSeconds(1000) };
        await Store.Services.CreateAsync(service, Ct);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => Task.Run(() => Store.Services.UpdateAsync(
            Given.Service,
            before => number % 2 == 0
                ? before with { CodeLifetime = before.CodeLifetime + TimeSpan.FromSeconds(1) }
                : before with { FriendlyName = before.FriendlyName + "x" },
            CancellationToken.None))));
        await ReopenAsync();

        var after = (await Store.Services.FindAsync(Given.Service, Ct))!;
        Assert.Equal((1100, "Counted" + new string('x', 100)), (after.CodeLifetime.TotalSeconds, after.FriendlyName));
    }

    [Fact]
    public async Task A_change_that_throws_changes_nothing()
    {
        var service = Plain(Given.Service, "Kept");
        await Store.Services.CreateAsync(service, Ct);

        await Assert.ThrowsAsync<NotSupportedException>(() => Store.Services.UpdateAsync(Given.Service, _ => throw new NotSupportedException(), Ct));

        Same.Service(service, await Store.Services.FindAsync(Given.Service, Ct));
    }

    [Fact]
    public async Task What_was_removed_is_gone_and_stays_gone()
    {
        await Store.Services.CreateAsync(Plain(Given.Service, "Gone"), Ct);

        Assert.True(await Store.Services.DeleteAsync(Given.Service, Ct));
        Assert.False(await Store.Services.DeleteAsync(Given.Service, Ct));

        await ReopenAsync();
        Assert.Null(await Store.Services.FindAsync(Given.Service, Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Test_numbers_can_be_added_and_removed(bool reopened)
    {
        await Store.Services.CreateAsync(Given.FullService(Given.Service), Ct);
        var number = new TestNumber(Given.Number(5), new OneTimeCode("5555"));

        await Store.Services.UpdateAsync(
            Given.Service, before => before with { TestNumbers = new Dictionary<UInt128, TestNumber> { [Given.Destination(5)] = number } }, Ct);
        if (reopened)
            await ReopenAsync();
        var (key, kept) = Assert.Single((await Store.Services.FindAsync(Given.Service, Ct))!.TestNumbers);
        Assert.Equal((Given.Destination(5), number.Number, "5555"), (key, kept.Number, kept.Code.Reveal()));

        await Store.Services.UpdateAsync(Given.Service, before => before with { TestNumbers = new Dictionary<UInt128, TestNumber>() }, Ct);
        if (reopened)
            await ReopenAsync();
        Assert.Empty((await Store.Services.FindAsync(Given.Service, Ct))!.TestNumbers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Pages_lead_from_the_newest_to_the_oldest_and_back(int size)
    {
        var names = await CreateAsync(7);
        var page = await ListAsync(size, null);
        var (there, back) = (new List<string>(), new List<string>());
        Assert.Null(page.Previous);

        while (true)
        {
            Assert.InRange(page.Items.Count, 1, size);
            there.AddRange(page.Items.Select(service => service.FriendlyName));
            if (page.Next is null)
                break;
            page = await ListAsync(size, page.Next);
        }

        while (true)
        {
            back.InsertRange(0, page.Items.Select(service => service.FriendlyName));
            if (page.Previous is null)
                break;
            page = await ListAsync(size, page.Previous);
        }

        Assert.Equal(names, there);
        Assert.Equal(names, back);
    }

    [Fact]
    public async Task A_cursor_stays_right_when_services_come_and_go_around_it()
    {
        var names = await CreateAsync(6);
        var first = await ListAsync(2, null);

        await Store.Services.DeleteAsync(first.Items[1].Sid, Ct);
        await Store.Services.CreateAsync(Plain(Sid.NewRandom("VA", Given.Random), "newest"), Ct);
        await ReopenAsync();

        var second = await ListAsync(2, first.Next);
        Assert.Equal(names[2..4], second.Items.Select(service => service.FriendlyName));
        Assert.Equal(["newest", names[0]], (await ListAsync(2, second.Previous)).Items.Select(service => service.FriendlyName));
    }

    [Fact]
    public async Task The_first_service_is_the_oldest_of_the_accounts_that_is_left()
    {
        Assert.Null(await Store.Services.FirstAsync(Given.Account, Ct));
        await Store.Services.CreateAsync(Plain(Given.OtherService, "theirs") with { AccountSid = Sid.NewRandom("AC", Given.Random) }, Ct);
        var newestFirst = await CreateAsync(3);
        var first = await Store.Services.FirstAsync(Given.Account, Ct);
        Assert.Equal(newestFirst[^1], first!.FriendlyName);

        await Store.Services.DeleteAsync(first.Sid, Ct);
        await ReopenAsync();
        Assert.Equal(newestFirst[^2], (await Store.Services.FirstAsync(Given.Account, Ct))!.FriendlyName);
    }

    [Fact]
    public async Task A_list_holds_the_accounts_own()
    {
        var other = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");
        await Store.Services.CreateAsync(Plain(Given.Service, "mine"), Ct);
        await Store.Services.CreateAsync(Plain(Given.OtherService, "theirs") with { AccountSid = other }, Ct);

        Assert.Equal("mine", Assert.Single((await ListAsync(10, null)).Items).FriendlyName);
        Assert.Equal(other, (await Store.Services.FindAsync(Given.OtherService, Ct))!.AccountSid);
    }

    [Fact]
    public async Task An_account_that_has_all_it_may_gets_no_more()
    {
        var created = new List<bool>();
        for (var start = 0; start < ServiceLimits.MaxPerAccount; start += 2000)
        {
            created.AddRange(await Task.WhenAll(Enumerable.Range(start, 2000).Select(number =>
                Store.Services.CreateAsync(Plain(Sid.NewRandom("VA", Given.Random), $"Service {number}"), CancellationToken.None))));
        }

        Assert.All(created, Assert.True);
        Assert.False(await Store.Services.CreateAsync(Plain(Given.Service, "One more"), Ct));
        Assert.Null(await Store.Services.FindAsync(Given.Service, Ct));
        Assert.True(await Store.Services.CreateAsync(Plain(Given.Service, "Elsewhere") with { AccountSid = Sid.NewRandom("AC", Given.Random) }, Ct));
    }

    static VerifyService Plain(Sid sid, string name) =>
        new() { Sid = sid, AccountSid = Given.Account, FriendlyName = name, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };

    Task<Page<VerifyService>> ListAsync(int size, PageCursor? cursor) => Store.Services.ListAsync(Given.Account, new PageRequest(size, cursor), Ct);

    async Task<List<string>> CreateAsync(int count)
    {
        var names = new List<string>();
        for (var number = 0; number < count; number++)
        {
            names.Insert(0, $"Service {number}");
            await Store.Services.CreateAsync(Plain(Sid.NewRandom("VA", Given.Random), names[0]), Ct);
        }

        return names;
    }
}
