using Countersign.Core;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Insight;
using Countersign.Core.Tests.Guard.Refusals;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IRefusedStartStore"/> must do.</summary>
public abstract class RefusedStartConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid Account = GivenRefusal.Account, Other = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");
    static readonly Sid Service = GivenRefusal.Service, Second = Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA");

    [Fact]
    public async Task What_was_kept_is_found_whole_also_after_reopening()
    {
        var refusal = GivenRefusal.Of(1) with { Details = """{"reason":"too_many","limit":"ip"}""", Destination = UInt128.MaxValue };
        var mailbox = GivenRefusal.Of(2) with { Country = "", Channel = null, MaskedTo = "a***@e***" };
        await Store.RefusedStarts.AddAsync([refusal, mailbox], Ct);
        await ReopenAsync();

        Assert.Equal([mailbox, refusal], (await ListAsync(new RefusedStartFilter(Account, null, null))).Items);
    }

    [Fact]
    public async Task An_account_finds_its_own_by_service_and_by_destination()
    {
        await Store.RefusedStarts.AddAsync(
            [
                GivenRefusal.Of(1), GivenRefusal.Of(1) with { ServiceSid = Second }, GivenRefusal.Of(2), GivenRefusal.Of(2) with { AccountSid = Other },
            ],
            Ct);

        Assert.Equal(3, (await ListAsync(new RefusedStartFilter(Account, null, null))).Items.Count);
        Assert.Equal([GivenRefusal.Of(2), GivenRefusal.Of(1)], (await ListAsync(new RefusedStartFilter(Account, Service, null))).Items);
        Assert.Equal([GivenRefusal.Of(1) with { ServiceSid = Second }, GivenRefusal.Of(1)], (await ListAsync(new RefusedStartFilter(Account, null, 1))).Items);
        Assert.Equal([GivenRefusal.Of(1)], (await ListAsync(new RefusedStartFilter(Account, Service, 1))).Items);
        Assert.Empty((await ListAsync(new RefusedStartFilter(Other, null, 1))).Items);
    }

    [Fact]
    public async Task Pages_follow_each_other_both_ways_and_hold_each_once()
    {
        await Store.RefusedStarts.AddAsync([.. Enumerable.Range(0, 25).Select(number => GivenRefusal.Of(number))], Ct);
        var filter = new RefusedStartFilter(Account, null, null);

        var first = await ListAsync(filter, 10);
        var second = await ListAsync(filter, 10, first.Next);
        var third = await ListAsync(filter, 10, second.Next);

        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(number => (UInt128)number), first.Items.Concat(second.Items).Concat(third.Items).Select(entry => entry.Destination));
        Assert.Null(first.Previous);
        Assert.Null(third.Next);
        Assert.Equal(second.Items, (await ListAsync(filter, 10, third.Previous)).Items);
    }

    [Fact]
    public async Task Retention_takes_what_is_old_and_what_a_clock_that_ran_ahead_left()
    {
        await Store.RefusedStarts.AddAsync([GivenRefusal.Of(0) with { At = Time.GetUtcNow().AddYears(1) }, .. Enumerable.Range(1, 60).Select(number => GivenRefusal.Of(number))], Ct);
        Time.Advance(TimeSpan.FromDays(8));
        var fresh = GivenRefusal.Of(99) with { At = Time.GetUtcNow() };
        await Store.RefusedStarts.AddAsync([fresh], Ct);

        var removed = 0L;
        for (var slice = new RetentionSlice { HasMore = true }; slice.HasMore; removed += slice.Refusals)
            slice = await Store.Retention.RemoveAsync(new RetentionCutoffs(null, null, Desk.Opening) { Refusals = Time.GetUtcNow().AddDays(-7) }, Ct);

        Assert.Equal(61, removed);
        Assert.Equal([fresh], (await ListAsync(new RefusedStartFilter(Account, null, null))).Items);
    }

    Task<Page<RefusedStart>> ListAsync(RefusedStartFilter filter, int size = 50, PageCursor? cursor = null) => Store.RefusedStarts.ListAsync(filter, new PageRequest(size, cursor), Ct);
}
