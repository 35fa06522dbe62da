using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IEventStore"/> must do, and what every store must keep for receivers with its steps.</summary>
public abstract class EventStoreConformance(StoreHome home) : StoreConformance(home)
{
    static readonly string[] Everything = ["verification.*", "delivery.*"];

    [Fact]
    public async Task Nothing_is_kept_where_nobody_is_subscribed()
    {
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        await Store.Verifications.ChangeAsync(started.Sid, before => before with { Status = VerificationStatus.Approved });
        await SubscribeAsync(service: Given.OtherService);
        await Store.Verifications.SendAsync(2, Given.Verification(2, Time.GetUtcNow()));
        await Store.BringAsync();

        Assert.Empty(await WaitingAsync());
        Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await Store.Events.DueWatchesAsync(10, Ct));
    }

    [Fact]
    public async Task A_start_and_its_end_are_kept_for_the_receiver_also_after_reopening()
    {
        var webhook = await SubscribeAsync();

        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        await Store.BringAsync();
        await Store.Verifications.ChangeAsync(started.Sid, before => before with { Checks = 1 });
        await Store.Verifications.ChangeAsync(started.Sid, before => before with { Checks = 2, Status = VerificationStatus.Approved });
        await Store.BringAsync();
        await ReopenAsync();

        var kept = await ClaimAsync(webhook);
        Assert.Equal([EventType.VerificationPending, EventType.VerificationApproved], kept.Select(entry => entry.Type));
        Assert.All(kept, entry => Assert.Equal((webhook.Sid, Given.Account, Given.Service, 0), (entry.Receiver, entry.AccountSid, entry.ServiceSid, entry.Tries)));
        Assert.Equal(EventEntry.IdOf(EventType.VerificationApproved, started.Sid), kept[1].Id);
        var told = JsonDocument.Parse(kept[1].Data).RootElement;
        Assert.Equal((started.Sid.ToString(), started.To.Reveal(), "APPROVED", 2), (Text(told, "verification_sid"), Text(told, "to"), Text(told, "verification_status"), told.GetProperty("check_attempts").GetProperty("count").GetInt32()));
        Assert.Equal("PENDING", Text(JsonDocument.Parse(kept[0].Data).RootElement, "verification_status"));
    }

    [Theory]
    [InlineData(VerificationStatus.Canceled, EventType.VerificationCanceled)]
    [InlineData(VerificationStatus.MaxAttemptsReached, EventType.VerificationMaxAttemptsReached)]
    public async Task Each_end_has_its_event(VerificationStatus status, EventType type)
    {
        var webhook = await SubscribeAsync([EventTypes.Names[type]]);
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        await Store.Verifications.ChangeAsync(started.Sid, before => before with { Status = status });
        await Store.BringAsync();

        Assert.Equal(type, Assert.Single(await ClaimAsync(webhook)).Type);
    }

    [Fact]
    public async Task One_that_is_replaced_while_it_is_pending_is_told_canceled()
    {
        var webhook = await SubscribeAsync(["verification.*"]);
        var first = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        Time.Advance(TimeSpan.FromSeconds(1));
        var second = Given.Verification(1, Time.GetUtcNow());
        await Store.Verifications.ApplyAsync(
            new RecordedStep((current, now) => new StepDecision(second, second.Attempts[^1], Ended: current! with { Status = VerificationStatus.Canceled, UpdatedAt = now }))
            {
                ServiceSid = Given.Service,
                Destination = Given.Destination(1),
            },
            Ct);
        await Store.BringAsync();

        var kept = await ClaimAsync(webhook);
        Assert.Equal(
            new[] { (EventType.VerificationPending, first.Sid), (EventType.VerificationCanceled, first.Sid), (EventType.VerificationPending, second.Sid) }.Select(pair => EventEntry.IdOf(pair.Item1, pair.Sid)).Order(),
            kept.Select(entry => entry.Id).Order());
    }

    [Fact]
    public async Task A_step_that_is_not_kept_tells_nobody()
    {
        var webhook = await SubscribeAsync();
        await Assert.ThrowsAsync<NotSupportedException>(() => Store.Verifications.ApplyAsync(
            new RecordedStep((_, _) => throw new NotSupportedException()) { ServiceSid = Given.Service, Destination = Given.Destination(1) }, Ct));
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));

        // Of fifty guesses at once, all but one of which come too late.
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Store.Verifications.ApplyAsync(
            new RecordedStep((current, _) => current!.Status == VerificationStatus.Pending ? new StepDecision(current with { Status = VerificationStatus.Approved }) : StepDecision.Nothing)
            {
                ServiceSid = Given.Service,
                VerificationSid = started.Sid,
            },
            Ct)));
        await Store.BringAsync();

        Assert.Equal([EventType.VerificationPending, EventType.VerificationApproved], (await ClaimAsync(webhook)).Select(entry => entry.Type));
    }

    [Fact]
    public async Task What_becomes_of_a_message_is_kept_each_stage_once()
    {
        var webhook = await SubscribeAsync(["delivery.*"]);
        await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        var item = Assert.Single(await Store.Outbox.ClaimAsync(1, Ct));
        var record = new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", CarrierMessageId = "SM1", Segments = 2, At = Time.GetUtcNow() };
        await Store.BringAsync();
        await Store.Outbox.RecordAsync([record], Ct);
        await Store.Outbox.RecordAsync([record], Ct);
        Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 2; i++)
            await Store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { AttemptSid = item.Attempt.Sid, Status = ReceiptStatus.Delivered }], Ct);

        var kept = await ClaimAsync(webhook);
        Assert.Equal([EventType.DeliverySent, EventType.DeliveryDelivered], kept.Select(entry => entry.Type));
        var told = JsonDocument.Parse(kept[1].Data).RootElement;
        Assert.Equal(
            (item.Attempt.Sid.ToString(), item.Verification.To.Reveal(), "DELIVERED", 2),
            (Text(told, "attempt_sid"), Text(told, "to"), Text(told, "message_status"), told.GetProperty("number_segments").GetInt32()));
    }

    [Fact]
    public async Task A_receipt_that_was_faster_than_the_record_is_told_as_well()
    {
        var webhook = await SubscribeAsync(["delivery.delivered"]);
        await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        var item = Assert.Single(await Store.Outbox.ClaimAsync(1, Ct));
        await Store.BringAsync();
        await Store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { AttemptSid = item.Attempt.Sid, Status = ReceiptStatus.Delivered }], Ct);
        await Store.Outbox.RecordAsync([new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", At = Time.GetUtcNow() }], Ct);

        Assert.Equal(EventType.DeliveryDelivered, Assert.Single(await ClaimAsync(webhook)).Type);
    }

    [Fact]
    public async Task What_is_claimed_is_nobody_elses_until_it_is_settled_and_what_was_taken_is_gone()
    {
        var webhook = await SubscribeAsync();
        await AddAsync(webhook, 3);

        var first = await ClaimAsync(webhook, 2);
        var rest = await ClaimAsync(webhook);
        Assert.Equal((2, 1), (first.Count, rest.Count));
        Assert.Empty(await ClaimAsync(webhook));

        await Store.Events.SettleAsync([.. first.Select(entry => (entry, EventOutcome.Taken))], Ct);
        await ReopenAsync();
        Assert.Equal(rest[0].Id, Assert.Single(await ClaimAsync(webhook)).Id);
    }

    [Fact]
    public async Task What_failed_comes_again_when_it_is_time_and_a_dead_one_only_when_it_is_given_back()
    {
        var webhook = await SubscribeAsync();
        await AddAsync(webhook, 2);
        var claimed = await ClaimAsync(webhook);
        await Store.Events.SettleAsync(
            [(claimed[0], new EventOutcome("timeout", Time.GetUtcNow().AddSeconds(5))), (claimed[1], new EventOutcome("status_500", null))], Ct);

        Assert.Empty(await ClaimAsync(webhook));
        Time.Advance(TimeSpan.FromSeconds(5));
        var again = Assert.Single(await ClaimAsync(webhook));
        Assert.Equal((claimed[0].Id, 1, "timeout"), (again.Id, again.Tries, again.Problem));

        var dead = Assert.Single((await Store.Events.ListAsync(Given.Account, webhook.Sid, dead: true, new PageRequest(10, null), Ct)).Items);
        Assert.Equal((claimed[1].Id, true, "status_500"), (dead.Id, dead.IsDead, dead.Problem));
        Assert.Empty((await Store.Events.ListAsync(OtherAccount, null, dead: true, new PageRequest(10, null), Ct)).Items);
        Assert.Equal(0, await Store.Events.ReviveAsync(OtherAccount, dead.Position, null, Ct));
        Assert.Equal(1, await Store.Events.ReviveAsync(Given.Account, dead.Position, null, Ct));
        Assert.Equal((claimed[1].Id, 0), (Assert.Single(await ClaimAsync(webhook)) is var revived ? revived.Id : "", revived.Tries));
    }

    [Fact]
    public async Task Pages_lead_through_the_dead_and_back()
    {
        var webhook = await SubscribeAsync();
        await AddAsync(webhook, 5);
        await Store.Events.SettleAsync([.. (await ClaimAsync(webhook)).Select(entry => (entry, new EventOutcome("timeout", null)))], Ct);

        var first = await ListAsync(null);
        var second = await ListAsync(first.Next);
        var third = await ListAsync(second.Next);
        Assert.Equal((2, 2, 1), (first.Items.Count, second.Items.Count, third.Items.Count));
        Assert.Null(third.Next);
        Assert.Equal(5, first.Items.Concat(second.Items).Concat(third.Items).Select(entry => entry.Position).Distinct().Count());
        Assert.Equal(first.Items.Select(entry => entry.Position), (await ListAsync(second.Previous)).Items.Select(entry => entry.Position));

        Task<Page<EventEntry>> ListAsync(PageCursor? cursor) => Store.Events.ListAsync(Given.Account, null, dead: true, new PageRequest(2, cursor), Ct);
    }

    [Fact]
    public async Task One_receiver_that_has_much_takes_no_place_of_another()
    {
        var (busy, quiet) = (await SubscribeAsync(), await SubscribeAsync());
        await AddAsync(busy, 50);
        await AddAsync(quiet, 1);

        var claimed = await Store.Events.ClaimAsync([(busy.Sid, 4), (quiet.Sid, 4)], Ct);

        Assert.Equal((4, 1), (claimed.Count(entry => entry.Receiver == busy.Sid), claimed.Count(entry => entry.Receiver == quiet.Sid)));
        Assert.Equal(20, (await Store.Events.WaitingAsync([busy.Sid, quiet.Sid], 20, Ct))[busy.Sid]);
        await Store.Events.RemoveOfAsync(busy.Sid, Ct);
        Assert.False((await Store.Events.WaitingAsync([busy.Sid, quiet.Sid], 20, Ct)).ContainsKey(busy.Sid));
    }

    [Fact]
    public async Task Those_are_due_that_have_something_which_may_be_claimed_now()
    {
        var webhooks = new List<Webhook>();
        for (var i = 0; i < 6; i++)
            webhooks.Add(await SubscribeAsync());
        webhooks.Sort((one, other) => one.Sid.CompareTo(other.Sid));
        var (idle, busy, claimed, later, dead, last) = (webhooks[0], webhooks[1], webhooks[2], webhooks[3], webhooks[4], webhooks[5]);
        await AddAsync(busy, 20);
        await AddAsync(claimed, 2);
        await AddAsync(later, 1);
        await AddAsync(dead, 1);
        await AddAsync(last, 1);
        await ClaimAsync(busy, 8);
        await ClaimAsync(claimed);
        await Store.Events.SettleAsync([((await ClaimAsync(later))[0], new EventOutcome("timeout", Time.GetUtcNow().AddSeconds(5)))], Ct);
        await Store.Events.SettleAsync([((await ClaimAsync(dead))[0], new EventOutcome("timeout", null))], Ct);

        var all = await Store.Events.DueAsync(default, 10, Ct);
        Assert.Equal([busy.Sid, last.Sid], all.Receivers);
        Assert.Null(all.Next);
        Assert.DoesNotContain(idle.Sid, all.Receivers);

        var first = await Store.Events.DueAsync(default, 2, Ct);
        Assert.Equal([busy.Sid], first.Receivers);
        Assert.Equal(claimed.Sid, first.Next);
        Assert.Equal([last.Sid], (await Store.Events.DueAsync(later.Sid, 2, Ct)).Receivers);
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([later.Sid, last.Sid], (await Store.Events.DueAsync(claimed.Sid, 2, Ct)).Receivers);
    }

    [Fact]
    public async Task What_waits_for_a_later_try_is_tried_at_once_when_somebody_says_so_and_keeps_its_tries()
    {
        var (webhook, other) = (await SubscribeAsync(), await SubscribeAsync());
        await AddAsync(webhook, 2);
        await AddAsync(other, 1);
        foreach (var entry in await Store.Events.ClaimAsync([(webhook.Sid, 10), (other.Sid, 10)], Ct))
            await Store.Events.SettleAsync([(entry, new EventOutcome("timeout", Time.GetUtcNow().AddHours(1)))], Ct);
        await AddAsync(webhook, 1);

        Assert.Equal(2, await Store.Events.ReviveAsync(Given.Account, null, webhook.Sid, Ct));
        var again = await ClaimAsync(webhook);
        Assert.Equal([0, 1, 1], again.Select(entry => entry.Tries).Order());
        Assert.Empty(await ClaimAsync(other));

        var waiting = Assert.Single((await Store.Events.ListAsync(Given.Account, other.Sid, dead: false, new PageRequest(10, null), Ct)).Items);
        Assert.Equal(0, await Store.Events.ReviveAsync(OtherAccount, waiting.Position, null, Ct));
        Assert.Equal(1, await Store.Events.ReviveAsync(Given.Account, waiting.Position, null, Ct));
        Assert.Equal(waiting.Id, Assert.Single(await ClaimAsync(other)).Id);
    }

    [Fact]
    public async Task Very_many_are_given_back_and_removed_in_slices_until_none_is_left()
    {
        const int many = 2_100;
        var (webhook, other) = (await SubscribeAsync(), await SubscribeAsync());
        await AddAsync(other, 1);
        await AddAsync(webhook, many);
        await KillAsync();

        Assert.Equal(many, await Store.Events.ReviveAsync(Given.Account, null, webhook.Sid, Ct));
        await KillAsync();
        Assert.Equal(many, await Store.Events.ReviveAsync(Given.Account, null, null, Ct));
        await KillAsync();
        Assert.Equal(1, await Store.Events.ReviveAsync(Given.Account, (await ListAsync(webhook, dead: true))[0].Position, webhook.Sid, Ct));
        await Store.Events.RemoveOfAsync(webhook.Sid, Ct);
        Assert.Empty(await ListAsync(webhook, dead: true));
        Assert.Empty(await ListAsync(webhook, dead: false));
        Assert.Single(await ListAsync(other, dead: false));

        await AddAsync(webhook, many);
        await KillAsync();
        Time.Advance(TimeSpan.FromDays(2));
        await new TidyEvents(Store.Events, Store.Subscriptions, new EventOptions { DeadDays = 1 }, Time, NullLogger<TidyEvents>.Instance).RunOnceAsync(Ct);
        Assert.Empty(await ListAsync(webhook, dead: true));
        Assert.Single(await ListAsync(other, dead: false));

        async Task KillAsync()
        {
            var claimed = await ClaimAsync(webhook, many);
            Assert.Equal(many, claimed.Count);
            await Store.Events.SettleAsync([.. claimed.Select(entry => (entry, new EventOutcome("timeout", null)))], Ct);
        }

        async Task<IReadOnlyList<EventEntry>> ListAsync(Webhook of, bool dead) => (await Store.Events.ListAsync(Given.Account, of.Sid, dead, new PageRequest(3, null), Ct)).Items;
    }

    [Fact]
    public async Task An_expiry_is_told_once_when_the_code_has_run_out_however_often_it_was_sent()
    {
        var webhook = await SubscribeAsync(["verification.expired"]);
        var watch = new WatchExpiries(Store.Events, Store.Verifications, new EventMaker(Store.Subscriptions), Time, NullLogger<WatchExpiries>.Instance);
        var started = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        var ended = await Store.Verifications.SendAsync(2, Given.Verification(2, Time.GetUtcNow()));
        await Store.BringAsync();
        await Store.Verifications.ChangeAsync(ended.Sid, before => before with { Status = VerificationStatus.Approved });
        Time.Advance(TimeSpan.FromMinutes(5));
        await Store.Verifications.ChangeAsync(started.Sid, before => before with { ExpiresAt = Time.GetUtcNow().AddMinutes(10), Attempts = before.Attempts.Add(Given.Attempt(Time.GetUtcNow())) });
        Time.Advance(TimeSpan.FromMinutes(5));
        await watch.RunOnceAsync(Ct);
        Assert.Empty(await ClaimAsync(webhook));

        Time.Advance(TimeSpan.FromMinutes(5));
        await ReopenAsync();
        watch = new WatchExpiries(Store.Events, Store.Verifications, new EventMaker(Store.Subscriptions), Time, NullLogger<WatchExpiries>.Instance);
        await watch.RunOnceAsync(Ct);
        await watch.RunOnceAsync(Ct);

        var told = Assert.Single(await ClaimAsync(webhook));
        Assert.Equal((EventEntry.IdOf(EventType.VerificationExpired, started.Sid), started.ExpiresAt.AddMinutes(5)), (told.Id, told.At));
        Assert.Equal("EXPIRED", Text(JsonDocument.Parse(told.Data).RootElement, "verification_status"));
    }

    [Fact]
    public async Task Nobody_is_told_of_what_expired_while_nobody_was_subscribed()
    {
        var first = await SubscribeAsync(["verification.expired"]);
        await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        await Store.Verifications.SendAsync(2, Given.Verification(2, Time.GetUtcNow().AddSeconds(1)));
        await Store.BringAsync();
        await Store.Webhooks.DeleteAsync(Given.Account, first.Name, Ct);
        Time.Advance(TimeSpan.FromMinutes(10));

        // One is looked at while nobody is there, the other when somebody is again.
        var watch = new WatchExpiries(Store.Events, Store.Verifications, new EventMaker(Store.Subscriptions), Time, NullLogger<WatchExpiries>.Instance);
        Assert.Single(await Store.Events.DueWatchesAsync(10, Ct));
        await watch.RunOnceAsync(Ct);
        Assert.Empty(await Store.Events.DueWatchesAsync(10, Ct));
        Time.Advance(TimeSpan.FromHours(1));
        var second = await SubscribeAsync(["verification.*"], createdAt: Time.GetUtcNow());
        Assert.Single(await Store.Events.DueWatchesAsync(10, Ct));
        await watch.RunOnceAsync(Ct);
        Assert.Empty(await Store.Events.DueWatchesAsync(10, Ct));
        Assert.Empty(await ClaimAsync(second));

        // Of what happens from now on it is told.
        var started = await Store.Verifications.SendAsync(3, Given.Verification(3, Time.GetUtcNow()));
        await Store.BringAsync();
        Time.Advance(TimeSpan.FromMinutes(10));
        await watch.RunOnceAsync(Ct);
        Assert.Equal(
            [EventEntry.IdOf(EventType.VerificationPending, started.Sid), EventEntry.IdOf(EventType.VerificationExpired, started.Sid)],
            (await ClaimAsync(second)).Select(entry => entry.Id));
    }

    [Fact]
    public async Task What_was_kept_for_a_receiver_that_is_gone_goes_and_nothing_that_happened_just_now()
    {
        var (gone, there, dead) = (await SubscribeAsync(), await SubscribeAsync(), await SubscribeAsync());
        await AddAsync(gone, 2);
        await AddAsync(there, 1);
        await AddAsync(dead, 1);
        await Store.Events.SettleAsync([((await ClaimAsync(dead))[0], new EventOutcome("timeout", null))], Ct);
        Assert.Equal(new[] { gone.Sid, there.Sid, dead.Sid }.Order(), await Store.Events.ReceiversAsync(default, 10, Ct));
        Assert.Equal(new[] { gone.Sid, there.Sid, dead.Sid }.Order().Take(2), await Store.Events.ReceiversAsync(default, 2, Ct));
        await Store.Webhooks.DeleteAsync(Given.Account, gone.Name, Ct);
        await Store.Webhooks.DeleteAsync(Given.Account, dead.Name, Ct);
        Time.Advance(TimeSpan.FromMinutes(9));

        // Of a receiver that this server has not heard of yet, as far as it knows.
        await AddAsync(gone, 1);
        await TidyAsync();
        Assert.Equal(3, await WaitingOfAsync(gone));

        Time.Advance(TimeSpan.FromMinutes(2));
        await TidyAsync();
        Assert.Equal(1, await WaitingOfAsync(gone));
        Time.Advance(TimeSpan.FromMinutes(20));
        await TidyAsync();
        Assert.Equal([there.Sid], await Store.Events.ReceiversAsync(default, 10, Ct));

        Task TidyAsync() => new TidyEvents(Store.Events, Store.Subscriptions, new EventOptions(), Time, NullLogger<TidyEvents>.Instance).RunOnceAsync(Ct);

        async Task<int> WaitingOfAsync(Webhook webhook) => (await Store.Events.WaitingAsync([webhook.Sid], 10, Ct)).GetValueOrDefault(webhook.Sid);
    }

    [Fact]
    public async Task What_is_old_goes()
    {
        var webhook = await SubscribeAsync();
        await AddAsync(webhook, 2);
        var claimed = await ClaimAsync(webhook);
        await Store.Events.SettleAsync([(claimed[0], new EventOutcome("timeout", null))], Ct);
        Time.Advance(TimeSpan.FromDays(2));

        Assert.Equal(1, await Store.Events.RemoveOldAsync(Time.GetUtcNow().AddDays(-1), Time.GetUtcNow().AddDays(-3), Ct));
        Assert.Equal(1, await Store.Events.RemoveOldAsync(Time.GetUtcNow().AddDays(-1), Time.GetUtcNow(), Ct));
    }

    [Fact]
    public async Task Receivers_come_back_with_everything_also_after_reopening()
    {
        var secret = new SigningSecret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        var webhook = await SubscribeAsync(["factor.created", "*"]);
        var sink = new EventSink
        {
            Sid = Sid.NewRandom("DG", Given.Random),
            AccountSid = Given.Account,
            Url = "https://sink.example/?t=1",
            Secret = secret,
            Retired = (webhook.Secret, Desk.Opening.AddDays(1)),
            Description = "all",
            CloudTypes = ["com.twilio.accountsecurity.verify.message.sent"],
            IsEnabled = false,
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening.AddSeconds(1),
        };
        await Store.EventSinks.PutAsync(Given.Account, sink.Name, _ => sink, Ct);
        await ReopenAsync();

        var (found, kept) = (Store.Webhooks.Find(Given.Account, webhook.Name)!, Store.EventSinks.Find(Given.Account, sink.Name)!);
        Assert.Equal((webhook.Url, webhook.FriendlyName, webhook.Secret.Reveal(), webhook.Subscribed), (found.Url, found.FriendlyName, found.Secret.Reveal(), found.Subscribed));
        Assert.Equal(webhook.EventNames, found.EventNames);
        Assert.Equal((sink.Url, sink.Description, false, sink.Subscribed, secret.Reveal()), (kept.Url, kept.Description, kept.IsEnabled, kept.Subscribed, kept.Secret.Reveal()));
        Assert.Equal((webhook.Secret.Reveal(), Desk.Opening.AddDays(1)), (kept.Retired!.Value.Secret.Reveal(), kept.Retired.Value.Until));
    }

    static readonly Sid OtherAccount = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

    async Task<Webhook> SubscribeAsync(string[]? events = null, Sid? service = null, DateTimeOffset? createdAt = null)
    {
        var of = service ?? Given.Service;
        if (await Store.Services.FindAsync(of, Ct) is null)
            await Store.Services.CreateAsync(new VerifyService { Sid = of, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        var webhook = new Webhook
        {
            Sid = Sid.NewRandom("YW", Given.Random),
            AccountSid = Given.Account,
            ServiceSid = of,
            FriendlyName = "hook",
            EventNames = events ?? Everything,
            Url = "https://hook.example/",
            Secret = SigningSecret.New(Given.Random),
            CreatedAt = createdAt ?? Desk.Opening,
            UpdatedAt = createdAt ?? Desk.Opening,
        };
        await Store.Webhooks.PutAsync(Given.Account, webhook.Name, _ => webhook, Ct);
        return webhook;
    }

    Task AddAsync(Webhook webhook, int count) => Store.Events.AddAsync(
        [.. Enumerable.Range(0, count).Select(i => new EventEntry
        {
            Receiver = webhook.Sid, AccountSid = webhook.AccountSid, ServiceSid = webhook.ServiceSid, Type = EventType.FactorCreated,
            Id = EventEntry.IdOf(EventType.FactorCreated, Sid.NewRandom("YF", Given.Random)), At = Time.GetUtcNow(), Since = Time.GetUtcNow(), DueAt = Time.GetUtcNow(),
            Data = Encoding.UTF8.GetBytes($$"""{"n":{{i}}}"""),
        })],
        Ct);

    async Task<IReadOnlyList<EventEntry>> ClaimAsync(Webhook webhook, int most = 100) => await Store.Events.ClaimAsync([(webhook.Sid, most)], Ct);

    async Task<IReadOnlyList<EventEntry>> WaitingAsync() => (await Store.Events.ListAsync(Given.Account, null, dead: false, new PageRequest(100, null), Ct)).Items;

    static string? Text(JsonElement told, string name) => told.GetProperty(name).GetString();
}
