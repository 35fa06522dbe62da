using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Tests.Verifications;
using CsCheck;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IAttemptStore"/> must do.</summary>
public abstract class AttemptStoreConformance(StoreHome home) : StoreConformance(home)
{
    const string Carrier = "acme";

    static readonly Sid OtherAccount = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

    [Fact]
    public async Task An_attempt_is_there_with_all_that_was_recorded_also_after_reopening()
    {
        var item = await ClaimedAsync(1);
        await Store.Outbox.RecordAsync(
            [
                new SendRecord
                {
                    Item = item,
                    Status = AttemptStatus.Sent,
                    Carrier = Carrier,
                    CarrierMessageId = "SM1",
                    Locale = "de",
                    Segments = 2,
                    Route = "germany",
                    Tries =
                    [
                        new SendTry("other", Desk.Opening, 120, DeliveryError.CarrierFault, "500", "it is the first of the route"),
                        new SendTry(Carrier, Desk.Opening.AddSeconds(1), 80, null, null, "other refused") { CarrierMessageId = "SM1" },
                    ],
                    At = Desk.Opening.AddSeconds(2),
                },
            ],
            Ct);
        await ReopenAsync();

        var found = await FindAsync(item);

        Assert.Equal(
            (item.Attempt.Sid, item.Verification.Sid, Given.Service, Given.Account, true), (found.Sid, found.VerificationSid, found.ServiceSid, found.AccountSid, found.IsFirst));
        Assert.Equal((AttemptStatus.Sent, Carrier, "SM1", "de", 2, "germany"), (found.Status, found.Carrier, found.CarrierMessageId, found.Locale, found.Segments, found.Route));
        Assert.Equal((item.Attempt.At, Desk.Opening.AddSeconds(2)), (found.CreatedAt, found.UpdatedAt));
        Assert.Equal(new SendTry("other", Desk.Opening, 120, DeliveryError.CarrierFault, "500", "it is the first of the route"), found.Tries[0]);
        Assert.Equal("SM1", found.Tries[1].CarrierMessageId);
    }

    [Fact]
    public async Task What_was_not_recorded_is_not_there()
    {
        var item = await ClaimedAsync(1);

        Assert.Null(await Store.Attempts.FindAsync(item.Attempt.Sid, Ct));
        Assert.Null(await Store.Attempts.FindAsync(Given.Attempt(Desk.Opening).Sid, Ct));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_receipt_finds_its_attempt_by_either_name(bool bySid)
    {
        var item = await SentAsync(1);
        var receipt = bySid ? Of(item, ReceiptStatus.Delivered) : new Receipt { CarrierMessageId = "SM1", Status = ReceiptStatus.Delivered };

        var received = await ReceiveAsync(receipt with { Price = 0.0079m, Currency = "usd", MobileCountryCode = "262", MobileNetworkCode = "01" });
        await ReopenAsync();

        Assert.Equal(AttemptStatus.Delivered, Assert.Single(received.Changed).Status);
        var found = await FindAsync(item);
        Assert.Equal((AttemptStatus.Delivered, 0.0079m, "usd", "262", "01"), (found.Status, found.Price, found.Currency, found.MobileCountryCode, found.MobileNetworkCode));
    }

    [Fact]
    public async Task A_receipt_whose_texts_hold_a_NUL_finds_its_attempt_and_holds_up_no_other()
    {
        var (one, other) = (await SentAsync(1, "a\0b"), await SentAsync(2, "good"));

        await ReceiveAsync(
            new Receipt { CarrierMessageId = "a\0b", Status = ReceiptStatus.Undelivered, CarrierCode = "3\04", Error = DeliveryError.Unreachable },
            new Receipt { CarrierMessageId = "good", Status = ReceiptStatus.Delivered },
            new Receipt { CarrierMessageId = "of\0nobody", Status = ReceiptStatus.Delivered });

        Assert.Equal((AttemptStatus.Undelivered, "34"), ((await FindAsync(one)).Status, (await FindAsync(one)).CarrierCode));
        Assert.Equal(AttemptStatus.Delivered, (await FindAsync(other)).Status);
    }

    [Fact]
    public async Task A_failure_says_why()
    {
        var item = await SentAsync(1);

        await ReceiveAsync(Of(item, ReceiptStatus.Undelivered) with { Error = DeliveryError.Unreachable, CarrierCode = "30003" });

        var found = await FindAsync(item);
        Assert.Equal((AttemptStatus.Undelivered, DeliveryError.Unreachable, "30003"), (found.Status, found.Error, found.CarrierCode));
    }

    [Fact]
    public async Task A_repeated_receipt_changes_nothing()
    {
        var item = await SentAsync(1);
        await ReceiveAsync(Of(item, ReceiptStatus.Delivered));
        Time.Advance(TimeSpan.FromSeconds(5));

        AssertNothing(await ReceiveAsync(Of(item, ReceiptStatus.Delivered), Of(item, ReceiptStatus.Sent)));

        Assert.Equal(Desk.Opening, (await FindAsync(item)).UpdatedAt);
    }

    [Fact]
    public async Task A_failure_that_is_said_again_changes_nothing_and_is_told_again_until_the_message_arrived()
    {
        var (item, other) = (await SentAsync(1), await SentAsync(2, "SM2"));
        var failed = Of(item, ReceiptStatus.Undelivered) with { Error = DeliveryError.FraudBlock, CarrierCode = "30453" };

        var first = await ReceiveAsync(failed, failed);
        Assert.Equal((AttemptStatus.Undelivered, DeliveryError.FraudBlock), (Assert.Single(first.Changed).Status, first.Changed[0].Error));
        Assert.Empty(first.SaidAgain);
        await ReopenAsync();
        Time.Advance(TimeSpan.FromSeconds(5));

        // By either name, whatever else is said by the way, and with what was kept the first time.
        var again = await ReceiveAsync(
            failed, new Receipt { CarrierMessageId = "SM1", Status = ReceiptStatus.Undelivered, Error = DeliveryError.Unreachable }, Of(other, ReceiptStatus.Delivered), Of(item, ReceiptStatus.Sent));
        Assert.Equal(other.Attempt.Sid, Assert.Single(again.Changed).Sid);
        Assert.Equal((item.Attempt.Sid, DeliveryError.FraudBlock, "30453"), (Assert.Single(again.SaidAgain).Sid, again.SaidAgain[0].Error, again.SaidAgain[0].CarrierCode));
        Assert.Equal(Desk.Opening, (await FindAsync(item)).UpdatedAt);

        var arrived = await ReceiveAsync(failed, Of(item, ReceiptStatus.Delivered), failed);
        Assert.Equal((AttemptStatus.Delivered, 0), (Assert.Single(arrived.Changed).Status, arrived.SaidAgain.Count));
        AssertNothing(await ReceiveAsync(failed));
        AssertNothing(await Store.Attempts.ReceiveAsync(OtherAccount, Carrier, [failed], Ct));
    }

    [Fact]
    public async Task Receipts_in_any_order_end_the_same()
    {
        Receipt[] all =
        [
            new() { Status = ReceiptStatus.Sent },
            new() { Status = ReceiptStatus.Undelivered, Error = DeliveryError.Expired, CarrierCode = "EXPIRED" },
            new() { Status = ReceiptStatus.Delivered },
            new() { Status = ReceiptStatus.Read },
        ];
        var number = 0;
        foreach (var order in Gen.Shuffle(all).Array[12].Single())
        {
            var item = await SentAsync(++number, $"SM{number}");

            foreach (var receipt in order)
                await ReceiveAsync(receipt with { AttemptSid = item.Attempt.Sid });

            var found = await FindAsync(item);
            Assert.Equal((AttemptStatus.Read, null, null), (found.Status, found.Error, found.CarrierCode));
        }
    }

    [Theory]
    [InlineData(false, Carrier)]
    [InlineData(true, "another")]
    public async Task A_receipt_of_another_account_or_carrier_changes_nothing(bool sameAccount, string carrier)
    {
        var item = await SentAsync(1);
        var account = sameAccount ? Given.Account : OtherAccount;

        var received = await Store.Attempts.ReceiveAsync(account, carrier, [Of(item, ReceiptStatus.Delivered), new Receipt { CarrierMessageId = "SM1", Status = ReceiptStatus.Delivered }], Ct);

        AssertNothing(received);
        Assert.Equal(AttemptStatus.Sent, (await FindAsync(item)).Status);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_receipt_that_comes_before_the_record_is_applied_with_it(bool bySid, bool reopened)
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
        AssertNothing(await ReceiveAsync(bySid ? Of(item, ReceiptStatus.Delivered) : new Receipt { CarrierMessageId = "SM1", Status = ReceiptStatus.Delivered }));
        if (reopened)
        {
            await ReopenAsync();
            item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
        }

        var overtaken = (await Store.Outbox.RecordAsync([Record(item, "SM1")], Ct)).Changed;

        Assert.Equal((item.Attempt.Sid, AttemptStatus.Delivered), (Assert.Single(overtaken).Sid, overtaken[0].Status));
        Assert.Equal(AttemptStatus.Delivered, (await FindAsync(item)).Status);
    }

    [Fact]
    public async Task A_failure_that_came_before_its_record_is_told_again_until_what_follows_was_done_also_after_a_kill()
    {
        var (lost, arrived) = (await ClaimedAsync(1), await ClaimedAsync(2));
        await ReceiveAsync(Of(lost, ReceiptStatus.Sent), Of(lost, ReceiptStatus.Undelivered) with { Error = DeliveryError.Unreachable });
        await ReceiveAsync(Of(arrived, ReceiptStatus.Undelivered), Of(arrived, ReceiptStatus.Delivered));
        var recorded = await Store.Outbox.RecordAsync([Record(lost, "SM1"), Record(arrived, "SM2")], Ct);
        Assert.Equal([lost.Attempt.Sid], recorded.Undelivered.Select(attempt => attempt.Sid));
        await ReopenAsync();
        Time.Advance(TimeSpan.FromMinutes(1));

        var left = await Store.Attempts.TakeLeftAsync(Ct);

        Assert.Empty(left.Changed);
        Assert.Equal([(lost.Attempt.Sid, DeliveryError.Unreachable)], left.Undelivered.Select(attempt => (attempt.Sid, attempt.Error!.Value)));
        Assert.Single((await Store.Attempts.TakeLeftAsync(Ct)).Undelivered);
        await Store.Attempts.FollowedAsync(left.Kept, Ct);
        AssertNothing(await Store.Attempts.TakeLeftAsync(Ct));
        Assert.Empty((await Store.Attempts.TakeLeftAsync(Ct)).Kept);
    }

    [Fact]
    public async Task A_receipt_that_came_early_for_another_account_is_not_applied()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
        await Store.Attempts.ReceiveAsync(OtherAccount, Carrier, [Of(item, ReceiptStatus.Delivered)], Ct);

        AssertNothing(await Store.Outbox.RecordAsync([Record(item, "SM1")], Ct));
        Assert.Equal(AttemptStatus.Sent, (await FindAsync(item)).Status);
    }

    [Fact]
    public async Task A_message_id_that_another_account_has_too_still_finds_ones_own_attempt()
    {
        var item = await SentAsync(1);
        await Store.Attempts.AddAsync(await FindAsync(item) with { Sid = Given.Attempt(Desk.Opening.AddSeconds(1)).Sid, AccountSid = OtherAccount }, Ct);

        var received = await ReceiveAsync(new Receipt { CarrierMessageId = "SM1", Status = ReceiptStatus.Delivered });

        Assert.Equal(item.Attempt.Sid, Assert.Single(received.Changed).Sid);
    }

    [Fact]
    public async Task A_flood_of_early_receipts_takes_no_place_of_another_accounts()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
        var flood = Enumerable.Range(0, 1000).Select(number => new Receipt { CarrierMessageId = $"x{number}", Status = ReceiptStatus.Sent }).ToList();
        for (var round = 0; round < 11; round++)
            await Store.Attempts.ReceiveAsync(OtherAccount, Carrier, flood, Ct);

        await ReceiveAsync(Of(item, ReceiptStatus.Delivered));

        Assert.Equal(AttemptStatus.Delivered, Assert.Single((await Store.Outbox.RecordAsync([Record(item, "SM1")], Ct)).Changed).Status);
    }

    Task<ReceivedReceipts> ReceiveAsync(params Receipt[] receipts) => Store.Attempts.ReceiveAsync(Given.Account, Carrier, receipts, Ct);

    static void AssertNothing(ReceivedReceipts received) => Assert.Empty(received.Changed.Concat(received.SaidAgain));

    static Receipt Of(OutboxItem item, ReceiptStatus status) => new() { AttemptSid = item.Attempt.Sid, Status = status };

    static SendRecord Record(OutboxItem item, string id) =>
        new() { Item = item, Status = AttemptStatus.Sent, Carrier = Carrier, CarrierMessageId = id, At = Desk.Opening };

    async Task<OutboxItem> ClaimedAsync(int number)
    {
        await Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        return Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
    }

    async Task<OutboxItem> SentAsync(int number, string id = "SM1")
    {
        var item = await ClaimedAsync(number);
        await Store.Outbox.RecordAsync([Record(item, id)], Ct);
        return item;
    }

    async Task<AttemptRecord> FindAsync(OutboxItem item)
    {
        var found = await Store.Attempts.FindAsync(item.Attempt.Sid, Ct);
        Assert.NotNull(found);
        return found;
    }
}
