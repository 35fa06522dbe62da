using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Insight;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IRetention"/> must do. "Old" is ten days before the cutoff, since a store may remove by the day.</summary>
public abstract class RetentionConformance(StoreHome home) : StoreConformance(home)
{
    const string Carrier = "acme";

    /// <summary>Calls after which a pass over a few hundred rows must have ended.</summary>
    const int ManySlices = 200;

    [Fact]
    public async Task An_empty_store_has_nothing_to_remove()
    {
        var slice = await Store.Retention.RemoveAsync(Cutoffs(), Ct);

        Assert.Equal(new RetentionSlice(0, 0, 0, 0), slice);
    }

    [Fact]
    public async Task What_ended_before_the_cutoff_goes_with_its_attempts_and_what_is_newer_stays()
    {
        var (oldest, oldItem) = await SentAsync(1);
        var (approved, _) = await SentAsync(2);
        await Store.Verifications.ChangeAsync(approved.Sid, current => current with { Status = VerificationStatus.Approved });
        Time.Advance(TimeSpan.FromDays(10));
        var cutoff = Time.GetUtcNow();
        Time.Advance(TimeSpan.FromDays(1));
        var (newer, newItem) = await SentAsync(3);

        var removed = await PassAsync(Cutoffs(cutoff));

        Assert.Equal((2, 2), (removed.Verifications, removed.Attempts));
        Assert.Null(await Store.Verifications.FindAsync(oldest.Sid));
        Assert.Null(await Store.Verifications.FindAsync(approved.Sid));
        Assert.Null(await Store.Attempts.FindAsync(oldItem.Attempt.Sid, Ct));
        Assert.NotNull(await Store.Verifications.FindAsync(newer.Sid));
        Assert.NotNull(await Store.Attempts.FindAsync(newItem.Attempt.Sid, Ct));
        await ReopenAsync();
        Assert.Null(await Store.Verifications.FindAsync(oldest.Sid));
        Assert.NotNull(await Store.Verifications.FindAsync(newer.Sid));
        Assert.Equal(0, (await PassAsync(Cutoffs(cutoff))).Rows);
    }

    [Fact]
    public async Task A_destination_whose_verification_went_is_as_good_as_new()
    {
        await SentAsync(1);
        Time.Advance(TimeSpan.FromDays(10));
        await PassAsync(Cutoffs(Time.GetUtcNow()));

        Assert.Null(await Store.Verifications.FindAsync(1));

        var next = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        Same.Verification(next, await Store.Verifications.FindAsync(1));
        await ReopenAsync();
        Same.Verification(next, await Store.Verifications.FindAsync(1));
    }

    [Fact]
    public async Task A_pending_one_stays_however_long_ago_it_was_started()
    {
        var pending = Given.Verification(1, Desk.Opening) with { ExpiresAt = Desk.Opening.AddDays(20) };
        await Store.Verifications.SendAsync(1, pending);
        await RecordAllAsync();
        var (other, _) = await SentAsync(2);
        Time.Advance(TimeSpan.FromDays(10));

        var removed = await PassAsync(Cutoffs(Time.GetUtcNow()));

        Same.Verification(pending, await Store.Verifications.FindAsync(pending.Sid));
        Same.Verification(pending, await Store.Verifications.FindAsync(1));
        Assert.InRange(removed.Verifications, 0, 1);
        Assert.True(removed.Verifications == 0 || await Store.Verifications.FindAsync(other.Sid) is null);
        Time.Advance(TimeSpan.FromDays(20));
        await PassAsync(Cutoffs(Time.GetUtcNow()));
        Assert.Null(await Store.Verifications.FindAsync(pending.Sid));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_has_a_message_that_is_not_sent_stays_with_it(bool reopened)
    {
        var unsent = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        Time.Advance(TimeSpan.FromDays(10));

        await PassAsync(Cutoffs(Time.GetUtcNow()));
        if (reopened)
            await ReopenAsync();

        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
        Same.Verification(unsent, item.Verification);
        await Store.Outbox.RecordAsync([new SendRecord { Item = item, Status = AttemptStatus.TooLate, At = Time.GetUtcNow() }], Ct);
        Assert.Equal((1, 1), (await PassAsync(Cutoffs(Time.GetUtcNow()))) is var removed ? (removed.Verifications, removed.Attempts) : default);
    }

    [Fact]
    public async Task Without_a_cutoff_nothing_goes()
    {
        var (verification, item) = await SentAsync(1);
        Time.Advance(TimeSpan.FromDays(4000));

        Assert.Equal(0, (await PassAsync(new RetentionCutoffs(null, null, Time.GetUtcNow()))).Rows);

        Assert.NotNull(await Store.Verifications.FindAsync(verification.Sid));
        Assert.NotNull(await Store.Attempts.FindAsync(item.Attempt.Sid, Ct));
        Assert.NotEmpty((await ReadHoursAsync()).Rows);
    }

    [Fact]
    public async Task The_rollup_outlives_what_it_counted_until_its_own_cutoff()
    {
        await SentAsync(1);
        Time.Advance(TimeSpan.FromDays(10));
        var cutoff = Time.GetUtcNow();
        await SentAsync(2);

        await PassAsync(Cutoffs(cutoff));
        Assert.Equal([1L, 1L], (await ReadHoursAsync()).Rows.Select(row => row.Counts[RollupCounter.Sends]));

        var removed = await PassAsync(Cutoffs(cutoff) with { Rollups = cutoff });
        Assert.True(removed.Rollups > 0);
        Assert.Equal(RollupKey.HourOf(cutoff), RollupKey.HourOf(Assert.Single((await ReadHoursAsync()).Rows).At!.Value));
    }

    [Fact]
    public async Task Receipts_whose_attempt_never_came_go()
    {
        var nobody = Given.Attempt(Desk.Opening).Sid;
        await Store.Attempts.ReceiveAsync(Given.Account, Carrier, [new Receipt { AttemptSid = nobody, Status = ReceiptStatus.Delivered }], Ct);
        Time.Advance(TimeSpan.FromDays(10));
        var verification = Given.Verification(1, Time.GetUtcNow());
        await Store.Verifications.SendAsync(1, verification);
        await Store.Attempts.ReceiveAsync(Given.Account, Carrier, [new Receipt { AttemptSid = verification.Attempts[0].Sid, Status = ReceiptStatus.Delivered }], Ct);

        var removed = await PassAsync(Cutoffs() with { EarlyReceipts = Time.GetUtcNow().AddDays(-3) });

        Assert.Equal(1, removed.EarlyReceipts);
        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
        Assert.Equal(AttemptStatus.Delivered, Assert.Single((await Store.Outbox.RecordAsync([Outcome(item)], Ct)).Changed).Status);
    }

    [Fact]
    public async Task A_pass_beside_starts_takes_none_of_them()
    {
        for (var number = 0; number < 300; number++)
            await Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening.AddSeconds(number)));
        await RecordAllAsync();
        Time.Advance(TimeSpan.FromDays(10));
        var cutoff = Time.GetUtcNow();
        Time.Advance(TimeSpan.FromDays(3));

        var pass = PassAsync(Cutoffs(cutoff));
        var started = new List<Verification>();
        for (var number = 200; number < 500; number++)
            started.Add(await Store.Verifications.SendAsync(number, Given.Verification(number, Time.GetUtcNow().AddMilliseconds(number))));

        Assert.Equal(300, (await pass).Verifications);
        for (var number = 200; number < 500; number++)
            Same.Verification(started[number - 200], await Store.Verifications.FindAsync(number));
        Assert.Null(await Store.Verifications.FindAsync(0));
        Assert.Equal(300, (await Store.Outbox.DepthAsync(Ct)).Waiting);
    }

    static RetentionCutoffs Cutoffs(DateTimeOffset? history = null) => new(history ?? Desk.Opening, null, Desk.Opening);

    async Task<RetentionSlice> PassAsync(RetentionCutoffs cutoffs)
    {
        var all = default(RetentionSlice);
        for (var slices = 0; slices < ManySlices; slices++)
        {
            var slice = await Store.Retention.RemoveAsync(cutoffs, Ct);
            all = new RetentionSlice(
                all.Verifications + slice.Verifications, all.Attempts + slice.Attempts, all.EarlyReceipts + slice.EarlyReceipts, all.Rollups + slice.Rollups);
            if (!slice.HasMore)
                return all;
        }

        Assert.Fail("The pass does not end.");
        return all;
    }

    Task<RollupPage> ReadHoursAsync() => Store.Rollups.ReadAsync(
        new RollupQuery { Account = Given.Account, From = Desk.Opening.AddDays(-1), To = Desk.Opening.AddDays(300), GroupBy = RollupGroups.Hour }, Ct);

    async Task<(Verification Verification, OutboxItem Item)> SentAsync(int number)
    {
        var verification = await Store.Verifications.SendAsync(number, Given.Verification(number, Time.GetUtcNow()));
        return (verification, (await RecordAllAsync())[^1]);
    }

    async Task<IReadOnlyList<OutboxItem>> RecordAllAsync()
    {
        var all = new List<OutboxItem>();
        while ((await Store.Outbox.DepthAsync(Ct)).Waiting > 0)
        {
            var items = await Store.Outbox.ClaimAsync(256, Ct);
            await Store.Outbox.RecordAsync([.. items.Select(Outcome)], Ct);
            all.AddRange(items);
        }

        return all;
    }

    SendRecord Outcome(OutboxItem item) =>
        new() { Item = item, Status = AttemptStatus.Sent, Carrier = Carrier, CarrierMessageId = $"m-{item.Attempt.Sid}", At = Time.GetUtcNow() };
}
