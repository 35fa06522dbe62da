using System.Threading.Channels;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Events;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Who is sent events in which order, over each store: many receivers, of which some never answer.</summary>
public abstract class EventDeliveryConformance(StoreHome home) : StoreConformance(home)
{
    static readonly Sid OtherAccount = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

    readonly HeldSender _sender = new();
    HealthOfReceivers _health = null!;
    int _added;

    [Theory]
    [InlineData(20)]
    [InlineData(200)]
    public async Task An_event_for_the_last_of_many_receivers_of_an_account_is_delivered_in_the_first_look(int count)
    {
        var webhooks = await SubscribeAsync(Given.Account, Given.Service, count);
        var deliver = Deliver();
        foreach (var webhook in new[] { webhooks[^1], webhooks[0], webhooks[count / 2] })
        {
            await AddAsync(webhook, 1);

            Assert.True(await deliver.RunOnceAsync(Ct));

            Assert.Equal([webhook.Sid], await _sender.TakeAsync(1));
        }

        _sender.Answer(default);
        await deliver.SettledAsync();
        Assert.Equal(3, _health.Count);
    }

    [Fact]
    public async Task An_account_whose_receivers_all_hang_holds_up_no_other()
    {
        var hanging = await SubscribeAsync(Given.Account, Given.Service, 40);
        var quick = Assert.Single(await SubscribeAsync(OtherAccount, Given.OtherService, 1));
        foreach (var webhook in hanging)
            await AddAsync(webhook, 20);
        var deliver = Deliver();
        await UntilNothingIsClaimedAsync(deliver);
        Assert.Equal(128, deliver.UnderWay);
        await _sender.TakeAsync(128);

        await AddAsync(quick, 3);
        await UntilNothingIsClaimedAsync(deliver);

        Assert.Equal(131, deliver.UnderWay);
        Assert.Equal([quick.Sid, quick.Sid, quick.Sid], await _sender.TakeAsync(3));
        _sender.Answer(default);
        await deliver.SettledAsync();
    }

    [Fact]
    public async Task Whoever_there_was_no_room_for_comes_first_the_next_time()
    {
        var webhooks = await SubscribeAsync(Given.Account, Given.Service, 40);
        foreach (var webhook in webhooks)
            await AddAsync(webhook, 40);
        var deliver = Deliver();

        // Sixteen receivers at a time have all that the account may have.
        var served = new HashSet<Sid>();
        for (var round = 1; round <= 3; round++)
        {
            await UntilNothingIsClaimedAsync(deliver);
            Assert.Equal(128, deliver.UnderWay);
            served.UnionWith(await _sender.TakeAsync(128));
            Assert.Equal(Math.Min(16 * round, 40), served.Count);
            _sender.Answer(default);
            await deliver.SettledAsync();
        }
    }

    [Fact]
    public async Task A_receiver_that_was_removed_is_forgotten_and_one_that_is_disabled_gets_nothing()
    {
        var webhooks = await SubscribeAsync(Given.Account, Given.Service, 2);
        var deliver = Deliver();
        await AddAsync(webhooks[0], 1);
        await deliver.RunOnceAsync(Ct);
        await _sender.TakeAsync(1);
        _sender.Answer(default);
        await deliver.SettledAsync();
        Assert.Equal(1, _health.Count);

        await Store.Webhooks.DeleteAsync(Given.Account, webhooks[0].Name, Ct);
        await Store.Webhooks.PutAsync(Given.Account, webhooks[1].Name, before => before! with { IsEnabled = false }, Ct);
        await SubscribeAsync(Given.Account, Given.Service, 1);
        await AddAsync(webhooks[0], 1);
        await AddAsync(webhooks[1], 1);

        Assert.False(await deliver.RunOnceAsync(Ct));
        Assert.Equal((0, 0), (_health.Count, deliver.UnderWay));
    }

    [Fact]
    public async Task A_pause_after_failures_ends_when_an_operator_says_so()
    {
        var webhook = Assert.Single(await SubscribeAsync(Given.Account, Given.Service, 1));
        await AddAsync(webhook, 3);
        var deliver = Deliver();
        await deliver.RunOnceAsync(Ct);
        await _sender.TakeAsync(3);
        _sender.Answer(new SendEventsResult("status_500"));
        await deliver.SettledAsync();
        await AddAsync(webhook, 2);

        Assert.False(await deliver.RunOnceAsync(Ct));
        Assert.Equal(Time.GetUtcNow().AddSeconds(1), _health.PausedUntil(webhook.Sid, Time.GetUtcNow()));

        _health.Resume(webhook.Sid);
        await UntilNothingIsClaimedAsync(deliver);
        Assert.Equal(1, deliver.UnderWay);
        await _sender.TakeAsync(1);
        _sender.Answer(default);
        await deliver.SettledAsync();
    }

    [Fact]
    public async Task A_sink_that_refuses_large_batches_gets_its_backlog_in_small_ones()
    {
        var sink = await SubscribeSinkAsync();
        await AddToAsync(sink, 250, 10);
        var sender = new AnsweringSender(events => events.Count > 10 ? "status_413" : null);
        var deliver = Deliver(sender);

        await UntilSentAsync(deliver, sender, 250);

        // Half as many each time, and now and then more again.
        Assert.Equal([100, 50, 25, 12, 6], sender.Batches.Select(batch => batch.Count).Distinct().Take(5));
        Assert.Contains(12, sender.Batches.Skip(10).Select(batch => batch.Count));
        Assert.Empty((await Store.Events.ListAsync(Given.Account, sink.Sid, dead: true, new PageRequest(10, null), Ct)).Items);
    }

    [Fact]
    public async Task A_batch_is_bounded_by_its_bytes_and_what_does_not_fit_goes_next_as_if_it_was_never_claimed()
    {
        var sink = await SubscribeSinkAsync();
        await AddToAsync(sink, 60, 2_000);
        await AddToAsync(sink, 1, 200_000);
        var sender = new AnsweringSender(_ => null);

        var deliver = Deliver(sender);
        while (await deliver.RunOnceAsync(Ct))
            await deliver.SettledAsync();

        Assert.Equal([26, 26, 8, 1], sender.Batches.Select(batch => batch.Count));
        Assert.All(sender.Batches.SelectMany(batch => batch), entry => Assert.Equal(0, entry.Tries));
    }

    [Fact]
    public async Task One_event_that_a_sink_always_refuses_costs_no_other_its_delivery()
    {
        var sink = await SubscribeSinkAsync();
        await AddToAsync(sink, 40, 10);
        var bad = (await Store.Events.ListAsync(Given.Account, sink.Sid, dead: false, new PageRequest(100, null), Ct)).Items[17].Id;
        var sender = new AnsweringSender(events => events.Any(entry => entry.Id == bad) ? "status_400" : null);

        await UntilSentAsync(Deliver(sender), sender, 39);

        Assert.DoesNotContain(bad, sender.Taken);
    }

    [Fact]
    public async Task What_waited_for_days_is_not_dead_after_one_try_and_what_is_hopeless_not_alive_for_ever()
    {
        var webhook = Assert.Single(await SubscribeAsync(Given.Account, Given.Service, 1));
        await AddAsync(webhook, 2);
        Time.Advance(TimeSpan.FromDays(3));
        var hopeless = (await Store.Events.ListAsync(Given.Account, webhook.Sid, dead: false, new PageRequest(10, null), Ct)).Items[0].Id;
        var requests = 0;
        var sender = new AnsweringSender(events => requests++ < 6 || events[0].Id == hopeless ? "not_connected" : null);

        await UntilSentAsync(Deliver(sender), sender, 1);
        await UntilAsync(async () => (await Store.Events.ListAsync(Given.Account, webhook.Sid, dead: true, new PageRequest(10, null), Ct)).Items.Count == 1);

        var dead = Assert.Single((await Store.Events.ListAsync(Given.Account, webhook.Sid, dead: true, new PageRequest(10, null), Ct)).Items);
        Assert.Equal((hopeless, RetrySchedule.LeastTries), (dead.Id, dead.Tries));

        async Task UntilAsync(Func<Task<bool>> isSo)
        {
            var deliver = Deliver(sender);
            for (var round = 0; round < 720 && !await isSo(); round++)
            {
                while (await deliver.RunOnceAsync(Ct))
                    await deliver.SettledAsync();
                Time.Advance(TimeSpan.FromSeconds(10));
            }
        }
    }

    [Fact]
    public async Task An_account_that_is_suspended_is_told_nothing_and_what_waited_goes_out_when_it_is_active_again()
    {
        var account = new Account { Sid = OtherAccount, FriendlyName = "Tenant", AuthToken = Core.Privacy.ApiSecret.New(Given.Random), CreatedAt = Desk.Opening };
        await Store.Accounts.SaveAccountAsync(account, Ct);
        var webhook = Assert.Single(await SubscribeAsync(OtherAccount, Given.OtherService, 1));
        await AddAsync(webhook, 2);
        Assert.NotNull(Store.Subscriptions.Of(Given.OtherService, OtherAccount));
        await SetAsync(AccountStatus.Suspended);
        var sender = new AnsweringSender(_ => null);
        var deliver = Deliver(sender);

        Assert.False(await deliver.RunOnceAsync(Ct));
        Assert.Null(Store.Subscriptions.Of(Given.OtherService, OtherAccount));
        Assert.Equal(0, deliver.UnderWay);

        await SetAsync(AccountStatus.Active);
        Assert.NotNull(Store.Subscriptions.Of(Given.OtherService, OtherAccount));
        await UntilSentAsync(deliver, sender, 2);
        Assert.All(sender.Batches.SelectMany(batch => batch), entry => Assert.Equal(0, entry.Tries));

        Task SetAsync(AccountStatus status) => Store.Accounts.ChangeAccountAsync(OtherAccount, before => before with { Status = status }, Ct);
    }

    DeliverEvents Deliver(IEventSender? sender = null) => new(
        Store.Events, Store.Subscriptions, _health = new HealthOfReceivers(Store.Subscriptions), sender ?? _sender, new EventOptions(), Time, Given.Random,
        NullLogger<DeliverEvents>.Instance);

    /// <summary>Delivers with the time that it takes, two hours at most, until so many were taken.</summary>
    async Task UntilSentAsync(DeliverEvents deliver, AnsweringSender sender, int count)
    {
        for (var round = 0; round < 720 && sender.Taken.Count < count; round++)
        {
            while (await deliver.RunOnceAsync(Ct))
                await deliver.SettledAsync();
            Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(count, sender.Taken.Count);
    }

    async Task<EventSink> SubscribeSinkAsync()
    {
        var sink = new EventSink
        {
            Sid = Sid.NewRandom("DG", Given.Random),
            AccountSid = Given.Account,
            Url = "https://sink.example/",
            Secret = SigningSecret.New(Given.Random),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };
        await Store.EventSinks.PutAsync(Given.Account, sink.Name, _ => sink, Ct);
        return sink;
    }

    Task AddToAsync(EventSink sink, int count, int bytes) => Store.Events.AddAsync(
        [.. Enumerable.Range(0, count).SelectMany(_ => EventEntry.For(
            [sink], Given.Service, EventType.VerificationPending, Sid.NewRandom("VE", Given.Random), Time.GetUtcNow(), new byte[bytes]))],
        Ct);

    static async Task UntilNothingIsClaimedAsync(DeliverEvents deliver)
    {
        while (await deliver.RunOnceAsync(Ct))
        {
        }
    }

    /// <summary>Webhooks in the order of their SIDs: as many in the service as it may have, the others each in one of its own.</summary>
    async Task<List<Webhook>> SubscribeAsync(Sid account, Sid service, int count)
    {
        if (await Store.Services.FindAsync(service, Ct) is null)
            await Store.Services.CreateAsync(new VerifyService { Sid = service, AccountSid = account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        var webhooks = Enumerable.Range(0, count).Select(number => new Webhook
        {
            Sid = Sid.NewRandom("YW", Given.Random),
            AccountSid = account,
            ServiceSid = number < Webhook.MaxPerService ? service : Sid.NewRandom("VA", Given.Random),
            FriendlyName = "hook",
            EventNames = ["*"],
            Url = "https://hook.example/",
            Secret = SigningSecret.New(Given.Random),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        }).OrderBy(webhook => webhook.Sid).ToList();
        foreach (var webhook in webhooks)
            Assert.NotNull(await Store.Webhooks.PutAsync(account, webhook.Name, _ => webhook, Ct));
        return webhooks;
    }

    Task AddAsync(Webhook webhook, int count) => Store.Events.AddAsync(
        [.. Enumerable.Range(0, count).SelectMany(_ => EventEntry.For(
            [webhook], webhook.ServiceSid, EventType.FactorCreated, Sid.NewRandom("YF", Given.Random), Time.GetUtcNow(), System.Text.Encoding.UTF8.GetBytes($$"""{"n":{{_added++}}}""")))],
        Ct);

    /// <summary>Answers each request at once, with a problem or none.</summary>
    sealed class AnsweringSender(Func<IReadOnlyList<EventEntry>, string?> answer) : IEventSender
    {
        readonly Lock _gate = new();

        public List<IReadOnlyList<EventEntry>> Batches { get; } = [];

        /// <summary>The ids of what was taken.</summary>
        public HashSet<string> Taken { get; } = [];

        public Task<SendEventsResult> SendAsync(EventReceiver receiver, IReadOnlyList<EventEntry> events, CancellationToken ct)
        {
            var problem = answer(events);
            lock (_gate)
            {
                Batches.Add(events);
                if (problem is null)
                    Taken.UnionWith(events.Select(entry => entry.Id));
            }

            return Task.FromResult(new SendEventsResult(problem));
        }
    }

    /// <summary>Answers nobody before the test says so.</summary>
    sealed class HeldSender : IEventSender
    {
        readonly Lock _gate = new();
        readonly Channel<Sid> _asked = Channel.CreateUnbounded<Sid>();
        TaskCompletionSource<SendEventsResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<SendEventsResult> SendAsync(EventReceiver receiver, IReadOnlyList<EventEntry> events, CancellationToken ct)
        {
            lock (_gate)
            {
                Assert.True(_asked.Writer.TryWrite(receiver.Sid));
                return _answer.Task;
            }
        }

        /// <summary>The next so many who are sent something.</summary>
        public async Task<List<Sid>> TakeAsync(int count)
        {
            var asked = new List<Sid>();
            while (asked.Count < count)
                asked.Add(await _asked.Reader.ReadAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
            return asked;
        }

        /// <summary>Answers all that wait.</summary>
        public void Answer(SendEventsResult result)
        {
            lock (_gate)
            {
                _answer.SetResult(result);
                _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
