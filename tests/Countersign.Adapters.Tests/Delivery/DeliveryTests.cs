using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Numbers;
using Countersign.Core.Routing;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>What becomes of a message, whatever carriers answer.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    readonly Post _post = new();

    public async ValueTask InitializeAsync() => await _post.OpenAsync("first", "second", "third");

    public ValueTask DisposeAsync() => _post.DisposeAsync();

    string[] Handed => [.. _post.Kind.Handed.Select(handed => handed.Carrier)];

    [Fact]
    public async Task The_first_carrier_takes_it_and_nobody_else_is_asked()
    {
        var record = await SendAsync();

        Assert.Equal(["first"], Handed);
        Assert.Equal((AttemptStatus.Sent, "first", "first-1", true), (record.Status, record.Carrier, record.CarrierMessageId, record.IsFirst));
        Assert.NotEmpty(Assert.Single(record.Tries).Reason);
    }

    [Theory]
    [InlineData(DeliveryError.CarrierFault)]
    [InlineData(DeliveryError.Throttled)]
    [InlineData(DeliveryError.NoRoute)]
    [InlineData(DeliveryError.Authentication)]
    public async Task What_another_carrier_may_take_goes_to_the_next(DeliveryError error)
    {
        _post.Kind.Answer("first", new SendOutcome.Refused(error, "x1"));

        var record = await SendAsync();

        Assert.Equal(["first", "second"], Handed);
        Assert.Equal((AttemptStatus.Sent, "second", null), (record.Status, record.Carrier, record.Error));
        Assert.Equal([error, null], record.Tries.Select(tried => tried.Error));
        Assert.Equal("x1", record.Tries[0].CarrierCode);
    }

    [Theory]
    [InlineData(DeliveryError.UnknownNumber)]
    [InlineData(DeliveryError.FraudBlock)]
    [InlineData(DeliveryError.BlockedByRecipient)]
    public async Task What_no_carrier_will_take_is_not_offered_to_another_and_uses_up_a_send(DeliveryError error)
    {
        _post.Kind.Answer("first", new SendOutcome.Refused(error, "x1"));
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] });

        var record = await _post.RecordedAsync(started.Attempts[0].Sid);

        Assert.Equal(["first"], Handed);
        Assert.Equal((AttemptStatus.Failed, error, "x1"), (record.Status, record.Error, record.CarrierCode));
        var stored = await _post.FindAsync(started.Sid);
        Assert.Equal((1, 1), (stored.Attempts.Length, stored.SendsUsed));
    }

    [Fact]
    public async Task A_carrier_that_does_not_answer_in_time_is_given_up_for_the_next()
    {
        _post.Kind.Answer("first", async (_, ct) =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return new SendOutcome.Accepted("late");
        });

        var record = await SendAsync();

        Assert.Equal(["first", "second"], Handed);
        Assert.Equal([DeliveryError.Timeout, null], record.Tries.Select(tried => tried.Error));
    }

    [Fact]
    public async Task A_store_that_does_not_say_what_became_of_earlier_sends_holds_none_up()
    {
        await _post.RecordedAsync((await _post.StartAsync()).Attempts[0].Sid);
        _post.History.Away = 1;
        var before = _post.Time.GetUtcNow();

        var record = await _post.RecordedAsync((await _post.StartAsync()).Attempts[1].Sid);

        Assert.Equal((AttemptStatus.Sent, null, 0), (record.Status, record.Error, _post.History.Away));
        Assert.Equal(before, _post.Time.GetUtcNow());
        Assert.Equal(2, Handed.Length);
    }

    [Fact]
    public async Task Nor_does_one_that_does_not_answer_at_all()
    {
        await _post.RecordedAsync((await _post.StartAsync()).Attempts[0].Sid);
        _post.History.IsSilent = true;

        var record = await _post.RecordedAsync((await _post.StartAsync()).Attempts[1].Sid);

        Assert.Equal(AttemptStatus.Sent, record.Status);
    }

    [Fact]
    public async Task Outcomes_that_cannot_be_kept_for_a_while_hold_no_message_up()
    {
        _post.Outbox.StandStill();
        var started = new List<Verification>();
        foreach (var number in Enumerable.Range(10, 5))
        {
            started.Add(await _post.StartAsync(PhoneNumber.Restore($"+467017406{number}")));
            await _post.HandedAsync(started.Count);
        }

        _post.Outbox.GoOn();

        foreach (var verification in started)
            Assert.Equal(AttemptStatus.Sent, (await _post.RecordedAsync(verification.Attempts[0].Sid)).Status);
        Assert.Equal(5, Handed.Length);
    }

    [Fact]
    public async Task A_batch_that_a_carrier_does_not_answer_at_all_holds_up_no_other_message()
    {
        var answer = new TaskCompletionSource<SendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _post.Kind.Answer("first", (_, _) => new ValueTask<SendOutcome>(answer.Task));
        await _post.Store.Carriers.PutAsync(Given.Account, "first", before => before! with { MaxInFlight = 1000 }, CancellationToken.None);
        await _post.PauseAsync();
        for (var message = 0; message < 4 * 95; message++)
            await _post.StartAsync(PhoneNumber.Restore($"+467017406{5 + (message % 95):00}"));

        // No time goes by.
        _post.GoOn();
        await UntilAsync(() => Handed.Length == 4 * 95);

        answer.SetResult(new SendOutcome.Accepted("late"));
        await UntilAsync(() => _post.Dispatch.Outstanding == 0);
    }

    [Fact]
    public async Task Messages_that_no_carrier_takes_hold_up_none_that_one_does()
    {
        await using var post = await new Post(maxOutstanding: 8).OpenAsync("first");
        post.Kind.Answer("first", (message, _) => ValueTask.FromResult<SendOutcome>(
            message.Channel == Channel.Sms ? new SendOutcome.Refused(DeliveryError.CarrierFault, null) : new SendOutcome.Accepted("call-1")));
        for (var number = 10; number < 18; number++)
            await post.StartAsync(PhoneNumber.Restore($"+467017406{number}"));
        await UntilAsync(() => post.Kind.Handed.Count == 8 && post.Dispatch.Outstanding == 8);

        // No time goes by.
        await post.StartAsync(channel: Channel.Call);
        await UntilAsync(() => post.Kind.Handed.Count == 9);

        // And they have their further rounds.
        await post.HandedAsync(9 + 8);
    }

    [Fact]
    public async Task However_many_wait_for_a_carrier_that_does_not_work_those_of_others_go_out()
    {
        await using var post = await new Post(maxOutstanding: 8).OpenAsync("first", "second");
        post.Kind.Answer("first", (message, _) => ValueTask.FromResult<SendOutcome>(
            message.Channel == Channel.Sms ? new SendOutcome.Refused(DeliveryError.CarrierFault, "dead") : new SendOutcome.Accepted("call-1")));
        post.Kind.Answer("second", new SendOutcome.Refused(DeliveryError.CarrierFault, "dead"));
        await post.StartAsync(channel: Channel.Call);
        await UntilAsync(() => post.Kind.Handed.Count == 1 && post.Dispatch.Outstanding == 0);
        var started = new List<Verification>();
        for (var number = 10; number < 70; number++)
            started.Add(await post.StartAsync(PhoneNumber.Restore($"+467017406{number}")));

        // No time goes by: those that have no room to wait in are told so at once, and their send is given back.
        await UntilAsync(() => post.Kind.Handed.Count == 1 + (2 * 60));
        await post.StartAsync(PhoneNumber.Restore("+46701740680"), Channel.Call);
        await UntilAsync(() => post.Kind.Handed.Any(handed => handed is { Carrier: "first", Message.Channel: Channel.Call } && handed != post.Kind.Handed.First()));

        Assert.InRange(post.Dispatch.Outstanding, 5, 23);
        var last = await post.RecordedAsync(started[^1].Attempts[0].Sid);
        Assert.Equal((AttemptStatus.Failed, DeliveryError.CarrierFault, "dead"), (last.Status, last.Error, last.CarrierCode));
        Assert.True((await post.FindAsync(started[^1].Sid)).Attempts[0].Free);
    }

    [Fact]
    public async Task What_the_same_carrier_or_the_sandbox_takes_makes_none_of_those_fail_that_wait_for_it()
    {
        await using var post = await new Post(maxOutstanding: 8).OpenAsync("first");
        post.Kind.Answer("first", (message, _) => ValueTask.FromResult<SendOutcome>(
            message.Channel == Channel.Sms ? new SendOutcome.Refused(DeliveryError.CarrierFault, null) : new SendOutcome.Accepted("call-1")));
        await post.StartAsync(channel: Channel.Call);
        await post.StartAsync(PhoneNumber.Restore("+12025550123"));
        await UntilAsync(() => post.Kind.Handed.Count == 1 && post.Dispatch.Outstanding == 0);
        for (var number = 10; number < 50; number++)
            await post.StartAsync(PhoneNumber.Restore($"+467017406{number}"));

        await UntilAsync(() => post.Dispatch.Outstanding == 24);

        Assert.Equal(40, (await post.Store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    [Fact]
    public async Task Where_no_carrier_takes_anything_nobody_is_held_up_and_none_fails_for_want_of_room()
    {
        await using var post = await new Post(maxOutstanding: 8).OpenAsync("first");
        post.Kind.Answer("first", new SendOutcome.Refused(DeliveryError.CarrierFault, null));
        for (var number = 10; number < 50; number++)
            await post.StartAsync(PhoneNumber.Restore($"+467017406{number}"));

        await UntilAsync(() => post.Dispatch.Outstanding == 24);

        Assert.Equal(40, (await post.Store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    [Fact]
    public async Task A_stop_waits_for_what_a_carrier_has_in_its_hands_and_for_what_became_of_it()
    {
        var answer = new TaskCompletionSource<SendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _post.Kind.Answer("first", (_, _) => new ValueTask<SendOutcome>(answer.Task));
        var started = await _post.StartAsync();
        await _post.HandedAsync(1);
        await _post.PauseAsync();

        var end = _post.Dispatch.EndAsync(CancellationToken.None);
        Assert.False(end.IsCompleted);
        answer.SetResult(new SendOutcome.Accepted("late"));
        await end;

        Assert.Equal(AttemptStatus.Sent, (await _post.Store.Attempts.FindAsync(started.Attempts[0].Sid, CancellationToken.None))?.Status);
    }

    [Fact]
    public async Task A_stop_waits_for_nobody_longer_than_it_may()
    {
        _post.Kind.Answer("first", (_, _) => new ValueTask<SendOutcome>(new TaskCompletionSource<SendOutcome>().Task));
        await _post.StartAsync();
        await _post.HandedAsync(1);
        await _post.PauseAsync();

        using var limit = new CancellationTokenSource();
        var end = _post.Dispatch.EndAsync(limit.Token);
        Assert.False(end.IsCompleted);
        await limit.CancelAsync();
        await end;

        Assert.Equal(1, _post.Dispatch.Outstanding);
    }

    [Fact]
    public async Task An_outcome_that_the_store_does_not_take_is_tried_once_more_at_a_stop_and_its_message_stays()
    {
        _post.Outbox.Fail(int.MaxValue);
        var started = await _post.StartAsync();
        await UntilAsync(() => _post.Outbox.Failed > 0);
        var before = _post.Outbox.Failed;

        await _post.PauseAsync();
        await _post.Dispatch.EndAsync(CancellationToken.None);

        Assert.Equal((before + 1, 0), (_post.Outbox.Failed, _post.Dispatch.Outstanding));
        Assert.Null(await _post.Store.Attempts.FindAsync(started.Attempts[0].Sid, CancellationToken.None));
        Assert.Equal(1, (await _post.Store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    [Fact]
    public async Task One_outcome_that_cannot_be_kept_holds_up_no_other_of_its_batch()
    {
        await _post.PauseAsync();
        _post.Kind.Answer("first", (message, _) => ValueTask.FromResult<SendOutcome>(
            message.To.Equals(Post.Eva) ? new SendOutcome.Refused(DeliveryError.InvalidNumber, null) : new SendOutcome.Accepted("1")));
        _post.Kind.Answer("second", new SendOutcome.Refused(DeliveryError.InvalidNumber, null));
        var refused = await _post.StartAsync();
        var others = new List<Verification>();
        foreach (var number in Enumerable.Range(10, 5))
            others.Add(await _post.StartAsync(PhoneNumber.Restore($"+467017406{number}")));
        _post.Outbox.FailFor = refused.Attempts[0].Sid;

        _post.GoOn();
        foreach (var other in others)
            Assert.Equal(AttemptStatus.Sent, (await _post.RecordedAsync(other.Attempts[0].Sid)).Status);

        await UntilAsync(() =>
        {
            _post.Time.Advance(TimeSpan.FromMilliseconds(50));
            return _post.Dispatch.Outstanding > 0;
        });
        _post.Outbox.FailFor = null;
        Assert.Equal(AttemptStatus.Failed, (await _post.RecordedAsync(refused.Attempts[0].Sid)).Status);
    }

    [Fact]
    public async Task A_carrier_that_throws_is_out_of_order_and_its_message_is_not_quoted()
    {
        _post.Kind.Answer("first", (_, _) => throw new InvalidOperationException("to +46701740605: 123456"));
        _post.Kind.Answer("second", (_, _) => throw new IOException("connection reset"));

        var record = await SendAsync();

        Assert.Equal([DeliveryError.InternalError, DeliveryError.ConnectionFailed, null], record.Tries.Select(tried => tried.Error));
        Assert.DoesNotContain(record.Tries, tried => (tried.CarrierCode ?? "").Contains("123456", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_all_are_out_of_order_it_is_tried_again_until_one_takes_it()
    {
        var calls = 0;
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, (_, _) => ValueTask.FromResult<SendOutcome>(
                Interlocked.Increment(ref calls) > 4 ? new SendOutcome.Accepted("at last") : new SendOutcome.Refused(DeliveryError.CarrierFault, null)));

        var record = await SendAsync();

        Assert.Equal((AttemptStatus.Sent, "at last"), (record.Status, record.CarrierMessageId));
        Assert.True(calls >= 5);
    }

    /// <summary>What may pass is asked again; what has since turned out to be final is not, and the next step of the plan need not wait.</summary>
    [Fact]
    public async Task Once_all_refuse_it_for_good_it_is_not_tried_again_for_what_one_said_before()
    {
        foreach (var name in (string[])["first", "second", "third"])
        {
            var calls = 0;
            _post.Kind.Answer(name, (_, _) => ValueTask.FromResult<SendOutcome>(
                new SendOutcome.Refused(Interlocked.Increment(ref calls) == 1 ? DeliveryError.Throttled : DeliveryError.Unreachable, null)));
        }

        var record = await SendAsync();

        Assert.Equal((AttemptStatus.Failed, DeliveryError.Unreachable), (record.Status, record.Error));
        Assert.Equal(["first", "first", "second", "second", "third", "third"], Handed.Order());
    }

    [Fact]
    public async Task When_nobody_takes_it_for_too_long_it_fails_and_gives_the_send_back()
    {
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, new SendOutcome.Refused(DeliveryError.ConnectionFailed, null));
        var started = await _post.StartAsync();

        var record = await _post.RecordedAsync(started.Attempts[0].Sid);

        Assert.Equal(AttemptStatus.Failed, record.Status);
        Assert.InRange((record.UpdatedAt - started.CreatedAt).TotalSeconds, 60, 130);
        var stored = await _post.FindAsync(started.Sid);
        Assert.Equal((1, 0, 5), (stored.Attempts.Length, stored.SendsUsed, FallbackPlan.SendsLeft(stored)));
    }

    [Fact]
    public async Task A_dead_carrier_does_not_buy_sends_without_end()
    {
        var verification = Given.Verification(1, Desk.Opening) with { Attempts = [.. Enumerable.Range(0, VerificationLimits.MaxAttempts).Select(_ => Given.Attempt(Desk.Opening) with { Free = true })] };

        Assert.Equal(0, FallbackPlan.SendsLeft(verification));
    }

    [Fact]
    public async Task A_failure_by_channel_goes_on_to_the_next_of_the_plan_at_once()
    {
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, (message, _) => ValueTask.FromResult<SendOutcome>(
                message.Channel == Channel.Sms ? new SendOutcome.Refused(DeliveryError.Landline, "21614") : new SendOutcome.Accepted("call-1")));
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.Call, 30)] });

        var sms = await _post.RecordedAsync(started.Attempts[0].Sid);
        var moved = await _post.FindAsync(started.Sid);
        var call = await _post.RecordedAsync(moved.Attempts[1].Sid);

        Assert.Equal((AttemptStatus.Failed, DeliveryError.Landline), (sms.Status, sms.Error));
        Assert.Equal((Channel.Call, AttemptStatus.Sent, false), (call.Channel, call.Status, call.IsFirst));
        Assert.True(call.CreatedAt - sms.CreatedAt < TimeSpan.FromSeconds(30));
        Assert.NotNull(_post.Kind.Handed.Last().Message.Voice);
    }

    [Fact]
    public async Task A_failure_receipt_goes_on_to_the_next_of_the_plan_and_a_repeated_one_does_nothing_more()
    {
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.WhatsApp, 300), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        var receipt = new Receipt { AttemptSid = started.Attempts[0].Sid, Status = ReceiptStatus.Undelivered, Error = DeliveryError.Unreachable };

        await _post.Receipts.RunAsync(Given.Account, "first", [receipt], CancellationToken.None);
        await _post.Receipts.RunAsync(Given.Account, "first", [receipt, receipt], CancellationToken.None);

        var moved = await _post.FindAsync(started.Sid);
        Assert.Equal([Channel.Sms, Channel.WhatsApp], moved.Attempts.Select(attempt => attempt.Channel));
    }

    [Theory]
    [InlineData(DeliveryError.FraudBlock)]
    [InlineData(DeliveryError.UnknownNumber)]
    public async Task A_failure_receipt_that_comes_again_since_what_follows_from_it_failed_is_followed(DeliveryError error)
    {
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        var verifications = new ShakyVerifications(_post.Store.Verifications) { Fails = _ => true };
        var receipts = ReceiptsOver(verifications);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReceiveAsync(started.Attempts[0], error, receipts));
        Assert.Equal(AttemptStatus.Undelivered, (await _post.RecordedAsync(started.Attempts[0].Sid)).Status);

        verifications.Fails = _ => false;
        await ReceiveAsync(started.Attempts[0], error, receipts);
        await WaitIsOverAsync();

        Assert.Equal([Channel.Sms], (await _post.FindAsync(started.Sid)).Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task What_a_killed_server_has_left_between_an_outcome_and_what_follows_from_it_is_followed_though_it_failed_the_first_time()
    {
        await _post.PauseAsync();
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.Call, 30)] });
        var item = Assert.Single(await _post.Store.Outbox.ClaimAsync(10, CancellationToken.None));
        await ReceiveAsync(started.Attempts[0], DeliveryError.Unreachable);
        await _post.Store.Outbox.RecordAsync([OutboxConformance.Sent(item) with { Carrier = "first" }], CancellationToken.None);
        var verifications = new ShakyVerifications(_post.Store.Verifications) { Fails = _ => true };
        var receipts = ReceiptsOver(verifications);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => receipts.TakeLeftAsync(CancellationToken.None));

        verifications.Fails = _ => false;
        await receipts.TakeLeftAsync(CancellationToken.None);
        verifications.Forget();
        await receipts.TakeLeftAsync(CancellationToken.None);

        Assert.Equal([Channel.Sms, Channel.Call], (await _post.FindAsync(started.Sid)).Attempts.Select(sent => sent.Channel));
        Assert.Empty(verifications.Tried);
    }

    [Fact]
    public async Task One_receipt_whose_verification_cannot_be_moved_on_holds_up_no_other_and_is_followed_when_it_comes_again()
    {
        var started = new List<Verification>();
        foreach (var number in Enumerable.Range(10, 3))
            started.Add(await _post.StartAsync(PhoneNumber.Restore($"+467017406{number}"), details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.Call, 30)] }));
        foreach (var verification in started)
            await _post.RecordedAsync(verification.Attempts[0].Sid);
        var verifications = new ShakyVerifications(_post.Store.Verifications) { Fails = sid => sid == started[0].Sid };
        List<Receipt> told = [.. started.Select(verification => new Receipt { AttemptSid = verification.Attempts[0].Sid, Status = ReceiptStatus.Undelivered, Error = DeliveryError.CarrierFault })];
        var receipts = ReceiptsOver(verifications);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => receipts.RunAsync(Given.Account, "first", told, CancellationToken.None));
        Assert.Equal([(1, 1), (2, 1), (2, 1)], await SendsAsync(started));

        verifications.Fails = _ => false;
        await receipts.RunAsync(Given.Account, "first", told, CancellationToken.None);

        // A send that the carrier wasted is given back, once.
        Assert.Equal([(2, 1), (2, 1), (2, 1)], await SendsAsync(started));
    }

    [Fact]
    public async Task An_outcome_is_kept_though_its_verification_is_damaged()
    {
        _post.Advanced.Problem = () => new System.Text.Json.JsonException();
        _post.Advanced.Fails = _ => true;
        _post.Kind.Answer("first", new SendOutcome.Refused(DeliveryError.UnknownNumber, "x1"));

        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] });

        Assert.Equal(AttemptStatus.Failed, (await _post.RecordedAsync(started.Attempts[0].Sid)).Status);
        await UntilAsync(() => _post.Dispatch.Outstanding == 0);
    }

    [Fact]
    public async Task Receipts_are_taken_in_though_a_verification_is_damaged()
    {
        var started = new List<Verification>();
        foreach (var number in Enumerable.Range(10, 2))
            started.Add(await _post.StartAsync(PhoneNumber.Restore($"+467017406{number}"), details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.Call, 30)] }));
        foreach (var verification in started)
            await _post.RecordedAsync(verification.Attempts[0].Sid);
        _post.Advanced.Problem = () => new System.Security.Cryptography.CryptographicException();
        _post.Advanced.Fails = sid => sid == started[0].Sid;

        await _post.Receipts.RunAsync(
            Given.Account,
            "first",
            [.. started.Select(verification => new Receipt { AttemptSid = verification.Attempts[0].Sid, Status = ReceiptStatus.Undelivered, Error = DeliveryError.CarrierFault })],
            CancellationToken.None);

        Assert.Equal([(1, 1), (2, 1)], await SendsAsync(started));
    }

    [Fact]
    public async Task The_sandboxs_receipts_of_one_account_that_are_not_taken_hold_up_no_others_and_come_again()
    {
        var (first, second) = (Given.Account, Core.Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC"));
        var receipts = new ReceiveReceipts(_post.History, _post.Advance, _post.Learning, _post.Time);
        var simulated = new SimulatedReceipts(_post.Time);
        foreach (var account in new[] { first, second })
            simulated.Plan(account, new Receipt { CarrierMessageId = "SM1", Status = ReceiptStatus.Delivered }, TimeSpan.Zero);
        _post.History.RefusesOf = first;

        await Assert.ThrowsAsync<StoreUnavailableException>(() => simulated.RunOnceAsync(receipts, CancellationToken.None));
        Assert.Equal([second], _post.History.ReceivedOf);

        _post.History.RefusesOf = null;
        await simulated.RunOnceAsync(receipts, CancellationToken.None);
        Assert.Equal([second, first], _post.History.ReceivedOf);
    }

    [Theory]
    [InlineData(DeliveryError.FraudBlock, false)]
    [InlineData(DeliveryError.FraudBlock, true)]
    [InlineData(DeliveryError.UnknownNumber, false)]
    [InlineData(DeliveryError.UnknownNumber, true)]
    public async Task What_is_no_number_or_is_taken_for_fraud_opens_no_channel_when_the_wait_is_over_either(DeliveryError error, bool byReceipt)
    {
        if (!byReceipt)
            _post.Kind.Answer("first", new SendOutcome.Refused(error, "x1"));
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        if (byReceipt)
            await ReceiveAsync(started.Attempts[0], error);

        await WaitIsOverAsync();

        var stored = await _post.FindAsync(started.Sid);
        Assert.Equal([Channel.Sms], stored.Attempts.Select(attempt => attempt.Channel));
        Assert.Null(NextSteps.At(stored, _post.Time.GetUtcNow(), [Channel.Sms, Channel.Call]).FallbackChannel);
    }

    [Fact]
    public async Task A_fraud_block_that_is_told_after_the_plan_went_on_ends_it_there()
    {
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.WhatsApp, 30), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        await WaitIsOverAsync();
        await ReceiveAsync(started.Attempts[0], DeliveryError.FraudBlock);

        await WaitIsOverAsync();

        Assert.Equal([Channel.Sms, Channel.WhatsApp], (await _post.FindAsync(started.Sid)).Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task A_mailbox_of_the_plan_that_is_none_says_nothing_of_the_number()
    {
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Email, 30, "ann@example.com"), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        await WaitIsOverAsync();
        var mailed = (await _post.FindAsync(started.Sid)).Attempts[1];
        await _post.RecordedAsync(mailed.Sid);

        await _post.Advance.RunAsync(Given.Service, started.Sid, mailed.Sid, DeliveryError.MailboxUnknown, CancellationToken.None);

        Assert.Equal([Channel.Sms, Channel.Email, Channel.Call], (await _post.FindAsync(started.Sid)).Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task A_step_of_the_plan_to_a_country_that_was_closed_for_its_channel_meanwhile_is_passed_over()
    {
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.WhatsApp, 300), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        await _post.Store.Services.UpdateAsync(
            Given.Service,
            before => before with { Guard = before.Guard with { Geo = GeoTable.AllowAll.With("SE", new(GeoRule.Deny, GeoRule.Allow, GeoRule.Deny)) } },
            CancellationToken.None);

        var receipt = new Receipt { AttemptSid = started.Attempts[0].Sid, Status = ReceiptStatus.Undelivered, Error = DeliveryError.Unreachable };
        await _post.Receipts.RunAsync(Given.Account, "first", [receipt], CancellationToken.None);

        var moved = await _post.FindAsync(started.Sid);
        Assert.Equal([Channel.Sms, Channel.Call], moved.Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task A_service_that_takes_payments_meanwhile_uses_no_channel_that_does_not_name_them()
    {
        var started = await _post.StartAsync(
            details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30), new(Channel.WhatsApp, 30), new(Channel.Email, 30, "ann@example.com")] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        await _post.Store.Services.UpdateAsync(Given.Service, before => before with { Psd2Enabled = true }, CancellationToken.None);

        await WaitIsOverAsync();

        Assert.Equal([Channel.Sms, Channel.Email], (await _post.FindAsync(started.Sid)).Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task A_number_that_was_blocked_meanwhile_gets_no_further_step_of_the_plan()
    {
        var started = await _post.StartAsync(details: new VerificationDetails { Fallback = [new(Channel.Sms, 300), new(Channel.Call, 30)] });
        await _post.RecordedAsync(started.Attempts[0].Sid);
        await _post.Lists.PutAsync(ListKind.Block, Given.Account, [ListEntry.Of(Post.Eva, _post.Index)], null, null, keep: false, CancellationToken.None);

        var receipt = new Receipt { AttemptSid = started.Attempts[0].Sid, Status = ReceiptStatus.Undelivered, Error = DeliveryError.Unreachable };
        await _post.Receipts.RunAsync(Given.Account, "first", [receipt], CancellationToken.None);

        Assert.Equal([Channel.Sms], (await _post.FindAsync(started.Sid)).Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task A_slow_carrier_does_not_hold_up_what_goes_by_another()
    {
        using var hold = new CancellationTokenSource();
        _post.Kind.Answer("first", async (message, _) =>
        {
            if (message.To.Reveal() == Post.Eva.Reveal())
                await Task.Delay(Timeout.Infinite, hold.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return new SendOutcome.Accepted("first-2");
        });
        var slow = await _post.StartAsync();

        var others = await Task.WhenAll(Enumerable.Range(10, 50).Select(number => _post.StartAsync(Core.Numbers.PhoneNumber.Restore($"+467017406{number}"))));
        foreach (var other in others)
            Assert.Equal(AttemptStatus.Sent, (await _post.RecordedAsync(other.Attempts[0].Sid)).Status);

        Assert.Null(await _post.Store.Attempts.FindAsync(slow.Attempts[0].Sid, CancellationToken.None));
        await hold.CancelAsync();
        Assert.Equal("first-2", (await _post.RecordedAsync(slow.Attempts[0].Sid)).CarrierMessageId);
    }

    [Fact]
    public async Task A_carrier_with_no_place_left_passes_the_next_one_on()
    {
        await _post.Store.Carriers.PutAsync(Given.Account, "first", before => before! with { MaxInFlight = 1 }, CancellationToken.None);
        using var hold = new CancellationTokenSource();
        _post.Kind.Answer("first", async (_, _) =>
        {
            await Task.Delay(Timeout.Infinite, hold.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return new SendOutcome.Accepted("first-2");
        });
        await _post.StartAsync();

        var second = await _post.StartAsync(Core.Numbers.PhoneNumber.Restore("+46701740690"));

        Assert.Equal("second", (await _post.RecordedAsync(second.Attempts[0].Sid)).Carrier);
        await hold.CancelAsync();
    }

    [Fact]
    public async Task A_message_that_waits_for_a_place_of_a_carrier_that_an_operator_changes_goes_by_the_changed_one()
    {
        await using var post = await new Post().OpenAsync("first");
        var answer = new TaskCompletionSource<SendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        post.Kind.Answer("first", (_, _) => new ValueTask<SendOutcome>(answer.Task));
        await post.Store.Carriers.PutAsync(Given.Account, "first", before => before! with { MaxInFlight = 1 }, CancellationToken.None);
        var held = await post.StartAsync();
        await UntilAsync(() => post.Kind.Handed.Count == 1);
        var waiting = await post.StartAsync(PhoneNumber.Restore("+46701740690"));
        await UntilAsync(() => post.Dispatch.Outstanding == 2);

        post.Kind.Answer("first", new SendOutcome.Accepted("changed-1"));
        await post.Store.Carriers.PutAsync(Given.Account, "first", before => before! with { MaxInFlight = 2 }, CancellationToken.None);
        Assert.Equal(2, post.Directory.Find(Given.Account, "first")!.Definition!.MaxInFlight);
        answer.SetResult(new SendOutcome.Accepted("first-1"));

        var record = await post.RecordedAsync(waiting.Attempts[0].Sid);
        Assert.Equal((AttemptStatus.Sent, "changed-1"), (record.Status, record.CarrierMessageId));
        Assert.Null(Assert.Single(record.Tries).Error);
        Assert.Equal("first-1", (await post.RecordedAsync(held.Attempts[0].Sid)).CarrierMessageId);
    }

    [Fact]
    public async Task Asking_again_without_a_receipt_goes_by_another_route()
    {
        var started = await _post.StartAsync();
        await _post.RecordedAsync(started.Attempts[0].Sid);
        _post.Time.Advance(TimeSpan.FromSeconds(45));

        var again = await _post.StartAsync();

        Assert.Equal("second", (await _post.RecordedAsync(again.Attempts[1].Sid)).Carrier);
    }

    [Fact]
    public async Task Asking_again_after_a_receipt_stays_with_the_carrier_that_delivers()
    {
        var started = await _post.StartAsync();
        await _post.RecordedAsync(started.Attempts[0].Sid);
        await _post.Receipts.RunAsync(Given.Account, "first", [new Receipt { AttemptSid = started.Attempts[0].Sid, Status = ReceiptStatus.Delivered }], CancellationToken.None);
        _post.Time.Advance(TimeSpan.FromSeconds(45));

        var again = await _post.StartAsync();

        Assert.Equal("first", (await _post.RecordedAsync(again.Attempts[1].Sid)).Carrier);
    }

    [Fact]
    public async Task A_message_that_waited_while_its_verification_was_cancelled_is_not_sent()
    {
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, new SendOutcome.Refused(DeliveryError.CarrierFault, null));
        var started = await _post.StartAsync();
        while (_post.Kind.Handed.Count < 3)
            await Task.Yield();
        await new UpdateVerification(_post.Store.Verifications, _post.Index, _post.Directory, _post.Learning, new StartGuard([], TimeProvider.System))
            .RunAsync(_post.Service, new VerificationName(started.Sid, null), VerificationStatus.Canceled, CancellationToken.None);

        var record = await _post.RecordedAsync(started.Attempts[0].Sid);

        Assert.Equal(AttemptStatus.TooLate, record.Status);
    }

    [Theory]
    [InlineData(DeliveryError.Timeout)]
    [InlineData(DeliveryError.MalformedAnswer)]
    [InlineData(DeliveryError.InternalError)]
    public async Task A_carrier_that_may_have_the_message_gets_it_twice_at_most(DeliveryError unclear)
    {
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, new SendOutcome.Refused(unclear, null));

        var record = await SendAsync();

        Assert.Equal((AttemptStatus.Failed, unclear), (record.Status, record.Error));
        Assert.Equal(["first", "first", "second", "second", "third", "third"], Handed.Order());
    }

    [Fact]
    public async Task Nor_does_one_whose_answer_was_lost_get_it_more_often()
    {
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, (_, _) => throw new TimeoutException("the answer was lost"));

        var record = await SendAsync();

        Assert.Equal((AttemptStatus.Failed, DeliveryError.Timeout), (record.Status, record.Error));
        Assert.Equal(["first", "first", "second", "second", "third", "third"], Handed.Order());
    }

    [Theory]
    [InlineData(DeliveryError.Misconfigured)]
    [InlineData(DeliveryError.InvalidSender)]
    [InlineData(DeliveryError.TemplateRejected)]
    public async Task What_is_set_wrongly_for_one_destination_moves_no_carrier_back_for_the_others(DeliveryError error)
    {
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, new SendOutcome.Refused(error, "no_sender"));

        Assert.Equal((AttemptStatus.Failed, error), ((await SendAsync()) is var record ? record.Status : default, record.Error));

        Assert.True(Handed.Length > 3 * 5);
        Assert.DoesNotContain(_post.Health.States(_post.Time.GetUtcNow()), state => state.IsOpen);
    }

    [Theory]
    [InlineData(DeliveryError.Misconfigured)]
    [InlineData(DeliveryError.InvalidSender)]
    [InlineData(DeliveryError.TemplateRejected)]
    public async Task Nor_does_it_show_that_a_carrier_works_again(DeliveryError error)
    {
        await OnlyFirstAsync();
        Break("first");
        _post.Time.Advance(TimeSpan.FromMinutes(1));
        _post.Kind.Answer("first", new SendOutcome.Refused(error, "no_sender"));

        Assert.Equal(AttemptStatus.Failed, (await SendAsync()).Status);

        Assert.Contains(_post.Health.States(_post.Time.GetUtcNow()), state => state.IsOpen);
    }

    [Fact]
    public async Task A_message_waits_a_moment_for_a_carrier_that_works_before_it_goes_to_those_that_do_not()
    {
        var answer = await HoldFirstAsync();
        Break("second");
        Break("third");

        var next = await _post.StartAsync(PhoneNumber.Restore("+46701740690"));
        await UntilAsync(() => _post.Dispatch.Outstanding == 2 || Handed.Length > 1);
        answer.SetResult(new SendOutcome.Accepted("first-1"));
        await UntilAsync(() => Handed.Length == 2);

        Assert.Equal("first", (await _post.RecordedAsync(next.Attempts[0].Sid)).Carrier);
    }

    [Fact]
    public async Task But_not_for_ever()
    {
        var answer = await HoldFirstAsync();
        Break("second");
        Break("third");

        var next = await _post.StartAsync(PhoneNumber.Restore("+46701740690"));
        await _post.HandedAsync(2);

        // Less than the eight seconds that a send may take.
        Assert.Equal(["first", "second"], Handed);
        Assert.InRange(_post.Time.GetUtcNow() - next.CreatedAt, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        answer.SetResult(new SendOutcome.Accepted("first-1"));
    }

    [Fact]
    public async Task A_carrier_that_was_not_asked_for_want_of_a_place_has_not_shown_that_it_works_again()
    {
        await OnlyFirstAsync();
        Break("first");
        _post.Time.Advance(TimeSpan.FromMinutes(1));
        var answer = await HoldFirstAsync();

        var next = await _post.StartAsync(PhoneNumber.Restore("+46701740690"));
        var record = await _post.RecordedAsync(next.Attempts[0].Sid);

        Assert.Equal((DeliveryError.Throttled, "max_in_flight"), (record.Error, record.CarrierCode));
        Assert.Contains(_post.Health.States(_post.Time.GetUtcNow()), state => state.IsOpen);
        answer.SetResult(new SendOutcome.Accepted("first-1"));
    }

    [Fact]
    public async Task A_code_that_was_typed_while_a_carrier_kept_silent_is_not_sent_by_the_next()
    {
        Verification? started = null;
        var begun = new TaskCompletionSource();
        _post.Kind.Answer("first", async (_, _) =>
        {
            await begun.Task;
            await new UpdateVerification(_post.Store.Verifications, _post.Index, _post.Directory, _post.Learning, new StartGuard([], TimeProvider.System))
                .RunAsync(_post.Service, new VerificationName(started!.Sid, null), VerificationStatus.Approved, CancellationToken.None);
            return new SendOutcome.Refused(DeliveryError.Timeout, null);
        });
        started = await _post.StartAsync();
        begun.SetResult();

        var record = await _post.RecordedAsync(started.Attempts[0].Sid);

        Assert.Equal(AttemptStatus.TooLate, record.Status);
        Assert.Equal(["first"], Handed);
    }

    [Fact]
    public async Task A_code_that_is_typed_before_its_carrier_answers_is_one_that_it_brought()
    {
        Verification? started = null;
        var begun = new TaskCompletionSource();
        _post.Kind.Answer("first", async (_, _) =>
        {
            await begun.Task;
            var check = new CheckVerification(_post.Store.Verifications, _post.Codes, _post.Index, _post.Directory, _post.Learning, _post.Guard);
            await check.RunAsync(new CheckVerificationCommand { Service = _post.Service, VerificationSid = started!.Sid, Code = _post.Codes.Derive(started.Code, "") }, CancellationToken.None);
            return new SendOutcome.Accepted("first-1");
        });
        started = await _post.StartAsync();
        begun.SetResult();
        await _post.RecordedAsync(started.Attempts[0].Sid);

        var learned = _post.Learning.Snapshot().Cells;

        Assert.NotEmpty(learned);
        Assert.All(learned, cell => Assert.Equal(("first", 1.0, 0.0), (cell.Carrier, cell.Converted, cell.NotConverted)));
    }

    [Fact]
    public async Task Who_takes_it_after_very_many_tries_is_the_one_whose_receipts_count()
    {
        var calls = 0;
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, (_, _) => ValueTask.FromResult<SendOutcome>(
                Interlocked.Increment(ref calls) > 26 ? new SendOutcome.Accepted("at last") : new SendOutcome.Refused(DeliveryError.CarrierFault, null)));

        var record = await SendAsync();

        Assert.Equal((AttemptStatus.Sent, Handed[^1], "at last"), (record.Status, record.Carrier, record.CarrierMessageId));
        Assert.Equal(24, record.Tries.Count);
        Assert.Null(record.Tries[^1].Error);
        Assert.Equal(calls - 24, record.TriesLeftOut);
    }

    [Fact]
    public async Task A_carrier_that_left_it_open_twice_is_not_asked_again_after_very_many_tries_either()
    {
        var started = await _post.StartAsync();
        await _post.RecordedAsync(started.Attempts[0].Sid);
        foreach (var name in (string[])["first", "second", "third"])
            _post.Kind.Answer(name, (_, _) => ValueTask.FromResult<SendOutcome>(new SendOutcome.Refused(name == "first" ? DeliveryError.Timeout : DeliveryError.Throttled, null)));
        var item = new OutboxItem { Position = 0, Verification = started, Attempt = started.Attempts[0], CustomCode = null };
        var tries = Enumerable.Repeat(new SendTry("second", _post.Time.GetUtcNow(), 1, DeliveryError.Throttled, null, ""), 24).ToList();
        var before = Handed.Length;

        for (var round = 8; round < 12; round++)
            await _post.Deliver.RunAsync(item, tries, round);

        // What was taken out for the last one is none that was left open.
        Assert.Equal(24, tries.Count);
        Assert.Equal(["first", "first"], tries.Where(tried => tried.Error == DeliveryError.Timeout).Select(tried => tried.Carrier));
        Assert.Equal(2, Handed.Skip(before).Count(name => name == "first"));
        Assert.Equal(4, Handed.Skip(before).Count(name => name == "third"));
    }

    [Fact]
    public async Task A_carrier_that_cannot_be_made_takes_nobody_elses_messages_down()
    {
        _post.Kind.CannotMake = "broken";
        await _post.Store.Carriers.PutAsync(Given.Account, "broken", _ => Post.Definition("broken"), CancellationToken.None);

        var record = await SendAsync();

        Assert.Equal((AttemptStatus.Sent, "first"), (record.Status, record.Carrier));
        Assert.Null(_post.Directory.Find(Given.Account, "broken"));
    }

    [Theory]
    [InlineData(Channel.Sms, false)]
    [InlineData(Channel.Email, true)]
    public void A_carrier_is_not_handed_a_mailbox_for_a_number_or_a_number_for_a_mailbox(Channel channel, bool isPhone)
    {
        Destination to = isPhone ? Post.Eva : EmailAddress.Restore("eva@mail.se");

        Assert.Empty(_post.Directory.Serving(Given.Account, channel, to, isTest: false));
        Assert.Empty(_post.Directory.Serving(Given.Account, channel, to, isTest: true));
    }

    [Fact]
    public async Task A_number_of_fiction_never_reaches_a_carrier()
    {
        var started = await _post.StartAsync(Desk.Ann);

        Assert.Equal(CarrierDirectory.SandboxName, (await _post.RecordedAsync(started.Attempts[0].Sid)).Carrier);
        Assert.Empty(Handed);
    }

    [Fact]
    public async Task A_start_whose_route_names_no_carrier_that_can_be_used_is_refused_and_never_pending()
    {
        await _post.Store.Routes.PutAsync(
            Given.Account,
            "sweden",
            _ => new Core.Routing.Route
            {
                AccountSid = Given.Account,
                Name = "sweden",
                Channel = Channel.Sms,
                Country = "SE",
                Carriers = [new Core.Routing.RouteCarrier { Name = "second" }],
                CreatedAt = Desk.Opening,
                UpdatedAt = Desk.Opening,
            },
            CancellationToken.None);
        Assert.Equal("second", (await SendAsync()).Carrier);

        await _post.Store.Carriers.PutAsync(Given.Account, "second", before => before! with { Enabled = false }, CancellationToken.None);
        var result = await _post.Create.RunAsync(
            new CreateVerificationCommand { Service = _post.Service, To = Post.Eva, Channel = Channel.Sms, Details = new VerificationDetails() }, CancellationToken.None);

        var refused = Assert.IsType<CreateVerificationResult.ChannelDisabled>(result);
        Assert.Equal([Channel.Call, Channel.WhatsApp], refused.Open);

        await _post.Store.Carriers.PutAsync(Given.Account, "second", before => before! with { Enabled = true }, CancellationToken.None);
        Assert.Equal("second", (await SendAsync()).Carrier);
    }

    [Fact]
    public async Task A_carrier_that_is_switched_off_takes_nothing()
    {
        await _post.Store.Carriers.PutAsync(Given.Account, "first", before => before! with { Enabled = false }, CancellationToken.None);

        Assert.Equal("second", (await SendAsync()).Carrier);
    }

    async Task OnlyFirstAsync()
    {
        foreach (var name in (string[])["second", "third"])
            await _post.Store.Carriers.PutAsync(Given.Account, name, before => before! with { Enabled = false }, CancellationToken.None);
    }

    /// <summary>The carrier does not take messages, as far as is known.</summary>
    void Break(string carrier)
    {
        for (var fault = 0; fault < 5; fault++)
            _post.Health.Failed(new CarrierKey(Given.Account, carrier), carrierFault: true, _post.Time.GetUtcNow());
    }

    /// <summary>The only place of the first carrier is taken by a message, until it is answered.</summary>
    async Task<TaskCompletionSource<SendOutcome>> HoldFirstAsync()
    {
        var answer = new TaskCompletionSource<SendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        _post.Kind.Answer("first", (_, _) => new ValueTask<SendOutcome>(answer.Task));
        await _post.Store.Carriers.PutAsync(Given.Account, "first", before => before! with { MaxInFlight = 1 }, CancellationToken.None);
        await _post.StartAsync();
        await UntilAsync(() => Handed.Length == 1 && _post.Dispatch.Outstanding == 1);
        return answer;
    }

    static async Task UntilAsync(Func<bool> condition)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20), "It did not come to that.");
            await Task.Yield();
        }
    }

    ReceiveReceipts ReceiptsOver(IVerificationStore verifications) => new(_post.Store.Attempts, _post.AdvanceOver(verifications), _post.Learning, _post.Time);

    /// <summary>Sends of each, and how many of them count.</summary>
    async Task<List<(int Sends, int Used)>> SendsAsync(IEnumerable<Verification> verifications)
    {
        var sends = new List<(int, int)>();
        foreach (var verification in verifications)
        {
            var stored = await _post.FindAsync(verification.Sid);
            sends.Add((stored.Attempts.Length, stored.SendsUsed));
        }

        return sends;
    }

    Task ReceiveAsync(SendAttempt attempt, DeliveryError error, ReceiveReceipts? receipts = null) => (receipts ?? _post.Receipts).RunAsync(
        Given.Account, "first", [new Receipt { AttemptSid = attempt.Sid, Status = ReceiptStatus.Undelivered, Error = error }], CancellationToken.None);

    /// <summary>Half a minute goes by, and whoever waits for that moves verifications on.</summary>
    async Task WaitIsOverAsync()
    {
        _post.Time.Advance(TimeSpan.FromSeconds(31));
        await new WatchAlarms(_post.Store.Alarms, _post.Advance, _post.Time, NullLogger<WatchAlarms>.Instance).RunOnceAsync(CancellationToken.None);
    }

    async Task<AttemptRecord> SendAsync() => await _post.RecordedAsync((await _post.StartAsync()).Attempts[0].Sid);
}
