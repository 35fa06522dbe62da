using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IRollupStore"/> must do, with the stores that write what it reads.</summary>
public abstract class RollupStoreConformance(StoreHome home) : StoreConformance(home)
{
    const string Carrier = "acme";

    static readonly Sid OtherAccount = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

    [Fact]
    public async Task Nothing_counted_reads_as_nothing()
    {
        foreach (var groups in new[] { RollupGroups.None, RollupGroups.Hour, RollupGroups.Carrier | RollupGroups.Error })
            Assert.Equal((0, false), (await ReadAsync(groups)) is var page ? (page.Rows.Count, page.IsCut) : default);
    }

    [Fact]
    public async Task A_start_a_send_and_an_approval_count_in_the_hour_of_the_start_also_after_reopening()
    {
        Time.SetUtcNow(Desk.Opening.Date.AddHours(10).AddMinutes(59));
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        Time.Advance(TimeSpan.FromMinutes(2));
        await RecordAsync(AttemptStatus.Sent, segments: 2);
        await Store.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved, Checks = 1, UpdatedAt = Time.GetUtcNow() });
        await ReopenAsync();

        var rows = (await ReadAsync(Everything)).Rows;

        Assert.Equal(
            [
                "10:00 GB Sms   starts 1, approved 1, converted 1",
                "10:00 GB Sms acme  sends 1, segments 2",
            ],
            rows.Select(Text));
        Assert.All(rows, row => Assert.Equal(Given.Service, row.Service));
    }

    [Fact]
    public async Task A_conversion_belongs_to_the_channel_of_the_latest_send_and_a_start_to_that_of_the_first()
    {
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var resent = started with { Channel = Channel.Call, Attempts = started.Attempts.Add(Given.Attempt(Desk.Opening.AddMinutes(1)) with { Channel = Channel.Call }) };
        await Store.Verifications.SendAsync(1, resent);
        await Store.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved });

        Assert.Equal(["Sms  starts 1", "Call  approved 1, converted 1"], (await ReadAsync(RollupGroups.Channel)).Rows.Select(Text));
    }

    [Fact]
    public async Task A_conversion_counts_in_the_hour_of_the_latest_send_where_an_approval_does_in_that_of_the_start()
    {
        Time.SetUtcNow(Desk.Opening.Date.AddHours(10).AddMinutes(59));
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        Time.Advance(TimeSpan.FromMinutes(2));
        await Store.Verifications.SendAsync(1, started with { Attempts = started.Attempts.Add(Given.Attempt(Time.GetUtcNow())) });
        await Store.Verifications.ChangeAsync(started.Sid, current => current with { Status = VerificationStatus.Approved });

        Assert.Equal(["10:00  starts 1, approved 1", "11:00  converted 1"], (await ReadAsync(RollupGroups.Hour)).Rows.Select(Text));
    }

    [Fact]
    public async Task Every_end_counts_once_and_so_does_one_that_a_new_start_replaces()
    {
        var replaced = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var next = Given.Verification(1, Desk.Opening.AddSeconds(1));
        await Store.Verifications.ApplyAsync(
            new RecordedStep((_, _) => new StepDecision(next, next.Attempts[0], Ended: replaced with { Status = VerificationStatus.Canceled }))
            {
                ServiceSid = Given.Service,
                Destination = Given.Destination(1),
            },
            Ct);
        await Store.Verifications.ChangeAsync(next.Sid, current => current with { Checks = 4 });
        await Store.Verifications.ChangeAsync(next.Sid, current => current with { Checks = 5, Status = VerificationStatus.MaxAttemptsReached });

        Assert.Equal([" starts 2, canceled 1, max_attempts 1"], (await ReadAsync(RollupGroups.None)).Rows.Select(Text));
    }

    [Fact]
    public async Task What_changes_nothing_and_what_fails_count_nothing()
    {
        await Store.Verifications.FindAsync(1);
        var step = new RecordedStep((_, _) => throw new NotSupportedException()) { ServiceSid = Given.Service, Destination = Given.Destination(1) };
        await Assert.ThrowsAsync<NotSupportedException>(() => Store.Verifications.ApplyAsync(step, Ct));

        Assert.Empty((await ReadAsync(RollupGroups.None)).Rows);
    }

    [Fact]
    public async Task An_outcome_counts_once_by_its_carrier_and_error()
    {
        await StartAsync(1, 2, 3);
        var items = await Store.Outbox.ClaimAsync(10, Ct);
        SendRecord[] records =
        [
            Outcome(items[0], AttemptStatus.Failed) with { Error = DeliveryError.NoRoute },
            Outcome(items[1], AttemptStatus.TooLate) with { Carrier = null },
            Outcome(items[2], AttemptStatus.Sent) with { Segments = 1 },
        ];
        await Store.Outbox.RecordAsync(records, Ct);
        await Store.Outbox.RecordAsync(records, Ct);

        Assert.Equal(
            ["  starts 3, too_late 1", "acme  sends 1, segments 1", "acme NoRoute failed 1"], (await ReadAsync(RollupGroups.Carrier | RollupGroups.Error)).Rows.Select(Text));
    }

    [Fact]
    public async Task Receipts_move_a_message_and_repeated_ones_do_not()
    {
        await StartAsync(1);
        var item = Assert.Single(await RecordAsync(AttemptStatus.Sent));

        await ReceiveAsync(item, ReceiptStatus.Undelivered, DeliveryError.Unreachable);
        await ReceiveAsync(item, ReceiptStatus.Undelivered, DeliveryError.Unreachable);
        Assert.Equal([" starts 1, sends 1", "Unreachable undelivered 1"], (await ReadAsync(RollupGroups.Error)).Rows.Select(Text));

        await ReceiveAsync(item, ReceiptStatus.Delivered);
        await ReceiveAsync(item, ReceiptStatus.Delivered);
        await ReceiveAsync(item, ReceiptStatus.Read);
        await ReceiveAsync(item, ReceiptStatus.Delivered);
        Assert.Equal([" starts 1, sends 1, delivered 1, read 1"], (await ReadAsync(RollupGroups.None)).Rows.Select(Text));
    }

    [Fact]
    public async Task A_receipt_that_came_before_its_attempt_counts_with_it()
    {
        await StartAsync(1);
        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));

        await ReceiveAsync(item, ReceiptStatus.Delivered);
        Assert.Equal([" starts 1"], (await ReadAsync(RollupGroups.None)).Rows.Select(Text));
        await Store.Outbox.RecordAsync([Outcome(item, AttemptStatus.Sent)], Ct);

        Assert.Equal([" starts 1, sends 1, delivered 1"], (await ReadAsync(RollupGroups.None)).Rows.Select(Text));
    }

    [Fact]
    public async Task Test_numbers_and_tests_of_carriers_count_nowhere()
    {
        var test = Given.Verification(1, Desk.Opening) with { Details = new VerificationDetails { IsTest = true } };
        await Store.Verifications.SendAsync(1, test);
        var item = Assert.Single(await RecordAsync(AttemptStatus.Sent));
        await ReceiveAsync(item, ReceiptStatus.Delivered);
        await Store.Verifications.ChangeAsync(test.Sid, current => current with { Status = VerificationStatus.Approved });
        var attempt = Given.Attempt(Desk.Opening).Sid;
        await Store.Attempts.AddAsync(
            new AttemptRecord
            {
                Sid = attempt,
                VerificationSid = test.Sid,
                ServiceSid = Given.Service,
                AccountSid = Given.Account,
                Channel = Channel.Sms,
                Status = AttemptStatus.Sent,
                Carrier = Carrier,
                CreatedAt = Desk.Opening,
                UpdatedAt = Desk.Opening,
            },
            Ct);
        await Store.Attempts.ReceiveAsync(Given.Account, Carrier, [new Receipt { AttemptSid = attempt, Status = ReceiptStatus.Delivered }], Ct);

        Assert.Empty((await ReadAsync(Everything)).Rows);
    }

    [Fact]
    public async Task Countries_are_the_destinations_and_a_mailbox_has_none()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await Store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening) with { To = Destination.Restore("owl@example.com"), Channel = Channel.Email });
        await Store.Verifications.SendAsync(3, Given.Verification(3, Desk.Opening) with { To = Destination.Restore("+33639980001") });
        await RecordAsync(AttemptStatus.Sent);

        Assert.Equal([" starts 1, sends 1", "FR starts 1, sends 1", "GB starts 1, sends 1"], (await ReadAsync(RollupGroups.Country)).Rows.Select(row => Text(row).Replace("  ", " ")));
    }

    [Fact]
    public async Task Another_accounts_rows_and_another_services_are_not_read()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening, Given.OtherService));

        Assert.Equal([(Given.Service, 1L), (Given.OtherService, 1L)], (await ReadAsync(RollupGroups.Service)).Rows.Select(row => (row.Service!.Value, row.Counts[RollupCounter.Starts])));
        Assert.Equal(1, Assert.Single((await Store.Rollups.ReadAsync(Query(RollupGroups.None) with { Service = Given.OtherService }, Ct)).Rows).Counts[RollupCounter.Starts]);
        Assert.Empty((await Store.Rollups.ReadAsync(Query(RollupGroups.None) with { Account = OtherAccount }, Ct)).Rows);
        Assert.Empty((await Store.Rollups.ReadAsync(Query(RollupGroups.None) with { Account = OtherAccount, Service = Given.Service }, Ct)).Rows);
    }

    [Fact]
    public async Task A_time_takes_in_the_hours_that_it_touches()
    {
        var hour = new DateTimeOffset(2026, 1, 2, 10, 0, 0, TimeSpan.Zero);
        foreach (var (number, at) in new[] { hour.AddHours(-1), hour.AddHours(1).AddMilliseconds(-1), hour, hour.AddHours(1), hour.AddDays(1) }.Index())
            await Store.Verifications.SendAsync(number, Given.Verification(number, at));

        Assert.Equal(2, await StartsAsync(hour, hour.AddHours(1)));
        Assert.Equal(2, await StartsAsync(hour.AddMinutes(59), hour.AddHours(1)));
        Assert.Equal(3, await StartsAsync(hour, hour.AddHours(1).AddMilliseconds(1)));
        Assert.Equal(0, await StartsAsync(hour, hour));
        Assert.Equal(0, await StartsAsync(hour.AddHours(1), hour));
        Assert.Equal(5, await StartsAsync(DateTimeOffset.UnixEpoch, hour.AddYears(100)));
        Assert.Equal(["09:00  starts 1", "10:00  starts 2", "11:00  starts 1", "10:00  starts 1"], (await ReadAsync(RollupGroups.Hour)).Rows.Select(Text));
        Assert.Equal(["00:00  starts 4", "00:00  starts 1"], (await ReadAsync(RollupGroups.Day)).Rows.Select(Text));

        async Task<long> StartsAsync(DateTimeOffset from, DateTimeOffset to) =>
            (await Store.Rollups.ReadAsync(Query(RollupGroups.None) with { From = from, To = to }, Ct)).Rows.Sum(row => row.Counts[RollupCounter.Starts]);
    }

    [Fact]
    public async Task A_page_is_no_longer_than_asked_for_and_says_so()
    {
        for (var hour = 0; hour < 5; hour++)
            await Store.Verifications.SendAsync(hour, Given.Verification(hour, Desk.Opening.AddHours(hour)));

        var cut = await Store.Rollups.ReadAsync(Query(RollupGroups.Hour) with { Size = 4 }, Ct);
        var whole = await Store.Rollups.ReadAsync(Query(RollupGroups.Hour) with { Size = 5 }, Ct);

        Assert.Equal((4, true, 5, false), (cut.Rows.Count, cut.IsCut, whole.Rows.Count, whole.IsCut));
        Assert.Equal(whole.Rows.Take(4), cut.Rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task After_any_events_the_rollup_is_what_a_recount_gives(int seed)
    {
        var game = new RollupGame(seed, Time, () => Store, ReopenAsync);

        for (var round = 0; round < 12; round++)
        {
            await game.PlayAsync(40);

            var rows = (await ReadAsync(Everything)).Rows;
            Assert.Equal(await game.RecountAsync(), rows.Where(row => !row.Counts.IsZero).Select(RollupGame.Line).Order(StringComparer.Ordinal));
            Assert.All(rows, row => Assert.DoesNotContain(Enum.GetValues<RollupCounter>(), counter => row.Counts[counter] < 0));
        }
    }

    const RollupGroups Everything =
        RollupGroups.Hour | RollupGroups.Service | RollupGroups.Country | RollupGroups.Channel | RollupGroups.Carrier | RollupGroups.Error;

    static RollupQuery Query(RollupGroups groups) =>
        new() { Account = Given.Account, From = Desk.Opening.AddDays(-1), To = Desk.Opening.AddDays(300), GroupBy = groups };

    Task<RollupPage> ReadAsync(RollupGroups groups) => Store.Rollups.ReadAsync(Query(groups), Ct);

    static string Text(RollupRow row) => string.Join(
        ' ',
        ((string?[])[row.At?.ToString("HH:mm", null), row.Country, row.Channel?.ToString(), row.Carrier, row.Error?.ToString() ?? "", row.Counts.ToString()]).Where(part => part is not null));

    async Task StartAsync(params int[] numbers)
    {
        foreach (var number in numbers)
            await Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
    }

    /// <summary>Records the same outcome for everything that waits.</summary>
    async Task<IReadOnlyList<OutboxItem>> RecordAsync(AttemptStatus status, int segments = 0)
    {
        var items = await Store.Outbox.ClaimAsync(10, Ct);
        await Store.Outbox.RecordAsync([.. items.Select(item => Outcome(item, status) with { Segments = segments })], Ct);
        return items;
    }

    SendRecord Outcome(OutboxItem item, AttemptStatus status) =>
        new() { Item = item, Status = status, Carrier = Carrier, CarrierMessageId = $"m-{item.Attempt.Sid}", At = Time.GetUtcNow() };

    Task<ReceivedReceipts> ReceiveAsync(OutboxItem item, ReceiptStatus status, DeliveryError? error = null) =>
        Store.Attempts.ReceiveAsync(Given.Account, Carrier, [new Receipt { AttemptSid = item.Attempt.Sid, Status = status, Error = error }], Ct);
}
