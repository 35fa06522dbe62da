using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

public abstract class OutboxConformance(StoreHome home) : StoreConformance(home)
{
    [Fact]
    public async Task A_message_that_was_kept_is_claimed_once()
    {
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        var item = Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));

        Assert.Equal((started.Attempts[0], null), (item.Attempt, item.CustomCode));
        Same.Verification(started, item.Verification);
        await AssertEmptyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_come_oldest_first_and_no_more_than_asked_for(bool reopened)
    {
        var sent = new List<Sid>();
        for (var number = 0; number < 25; number++)
            sent.Add((await Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening))).Attempts[0].Sid);
        if (reopened)
            await ReopenAsync();

        var claimed = new List<Sid>();
        while (claimed.Count < sent.Count)
        {
            var items = await Store.Outbox.ClaimAsync(7, Ct);
            Assert.InRange(items.Count, 1, 7);
            claimed.AddRange(items.Select(item => item.Attempt.Sid));
        }

        Assert.Equal(sent, claimed);
    }

    [Fact]
    public async Task A_claim_waits_until_there_is_something()
    {
        var claim = Store.Outbox.ClaimAsync(10, Ct).AsTask();
        Assert.False(claim.IsCompleted);

        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        Assert.Equal(started.Attempts[0].Sid, Assert.Single(await claim).Attempt.Sid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_claim_that_waits_can_be_called_off_and_takes_nothing_with_it(bool reopened)
    {
        if (reopened)
            await ReopenAsync();
        using var cancel = new CancellationTokenSource();
        var claim = Store.Outbox.ClaimAsync(10, cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        Assert.Single(await Store.Outbox.ClaimAsync(10, Ct));
    }

    [Fact]
    public async Task What_was_claimed_and_not_recorded_comes_again_after_reopening()
    {
        for (var number = 0; number < 6; number++)
            await Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        var items = await Store.Outbox.ClaimAsync(10, Ct);
        await Store.Outbox.RecordAsync([Sent(items[1]), Sent(items[4])], Ct);

        await ReopenAsync();

        var again = await Store.Outbox.ClaimAsync(10, Ct);
        Assert.Equal(new[] { 0, 2, 3, 5 }.Select(index => items[index].Attempt), again.Select(item => item.Attempt));
        Same.Verification(items[0].Verification, again[0].Verification);
        await AssertEmptyAsync();
    }

    [Fact]
    public async Task What_was_recorded_never_comes_again()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await Store.Outbox.RecordAsync([.. (await Store.Outbox.ClaimAsync(10, Ct)).Select(Sent)], Ct);

        await ReopenAsync();

        await AssertEmptyAsync();
        Assert.Equal(default, await Store.Outbox.DepthAsync(Ct));
    }

    [Fact]
    public async Task Recording_twice_changes_nothing()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await Store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening));
        var items = await Store.Outbox.ClaimAsync(10, Ct);
        await Store.Outbox.RecordAsync([Sent(items[0])], Ct);

        await Store.Outbox.RecordAsync([Sent(items[0]) with { Status = AttemptStatus.Failed, Error = DeliveryError.Congestion }, Sent(items[0])], Ct);

        Assert.Equal(1, (await Store.Outbox.DepthAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task Every_outcome_can_be_recorded()
    {
        for (var number = 0; number < 3; number++)
            await Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
        var items = await Store.Outbox.ClaimAsync(10, Ct);

        await Store.Outbox.RecordAsync(
            [
                Sent(items[0]) with { Carrier = "sandbox", CarrierMessageId = "SM1", Locale = "en", Segments = 2 },
                Sent(items[1]) with { Status = AttemptStatus.Failed, Carrier = "x", Error = DeliveryError.UnknownNumber, CarrierCode = "30005" },
                Sent(items[2]) with { Status = AttemptStatus.TooLate },
            ],
            Ct);

        Assert.Equal(0, (await Store.Outbox.DepthAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task A_custom_code_goes_with_its_message_also_after_reopening()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening), new OneTimeCode("a1B2c3"));
        Assert.Equal("a1B2c3", Assert.Single(await Store.Outbox.ClaimAsync(10, Ct)).CustomCode?.Reveal());

        await ReopenAsync();

        Assert.Equal("a1B2c3", Assert.Single(await Store.Outbox.ClaimAsync(10, Ct)).CustomCode?.Reveal());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_resend_is_a_message_of_its_own(bool reopened)
    {
        var first = await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var second = await Store.Verifications.SendAsync(1, first with { Attempts = first.Attempts.Add(Given.Attempt(Desk.Opening)) });
        if (reopened)
            await ReopenAsync();

        var items = await Store.Outbox.ClaimAsync(10, Ct);

        Assert.Equal(second.Attempts, items.Select(item => item.Attempt));
        Assert.All(items, item => Assert.Equal(first.Sid, item.Verification.Sid));
    }

    [Fact]
    public async Task A_step_that_throws_sends_nothing()
    {
        var step = new RecordedStep((_, _) => throw new NotSupportedException()) { ServiceSid = Given.Service, Destination = Given.Destination(1) };

        await Assert.ThrowsAsync<NotSupportedException>(() => Store.Verifications.ApplyAsync(step, Ct));

        await AssertEmptyAsync();
    }

    [Fact]
    public async Task The_depth_counts_what_is_not_recorded_and_the_age_of_the_oldest()
    {
        Assert.Equal(default, await Store.Outbox.DepthAsync(Ct));
        await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        Time.Advance(TimeSpan.FromSeconds(30));
        await Store.Verifications.SendAsync(2, Given.Verification(2, Time.GetUtcNow()));
        Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(new OutboxDepth(2, TimeSpan.FromSeconds(40)), await Store.Outbox.DepthAsync(Ct));

        var items = await Store.Outbox.ClaimAsync(10, Ct);
        Assert.Equal(new OutboxDepth(2, TimeSpan.FromSeconds(40)), await Store.Outbox.DepthAsync(Ct));
        await Store.Outbox.RecordAsync([Sent(items[0])], Ct);
        Assert.Equal(new OutboxDepth(1, TimeSpan.FromSeconds(10)), await Store.Outbox.DepthAsync(Ct));
        await ReopenAsync();
        Assert.Equal(new OutboxDepth(1, TimeSpan.FromSeconds(10)), await Store.Outbox.DepthAsync(Ct));
    }

    /// <summary>A message that went out, as a dispatcher says it.</summary>
    internal static SendRecord Sent(OutboxItem item) => new() { Item = item, Status = AttemptStatus.Sent, At = item.Attempt.At.AddSeconds(1) };

    async Task AssertEmptyAsync()
    {
        using var cancel = new CancellationTokenSource();
        var claim = Store.Outbox.ClaimAsync(1, cancel.Token).AsTask();

        // What is there would have been handed over before the answer to a later step.
        await Store.Verifications.FindAsync(0);
        await Store.Verifications.FindAsync(0);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
    }
}
