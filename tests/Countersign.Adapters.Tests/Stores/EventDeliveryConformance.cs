using System.Threading.Channels;
using Countersign.Core;
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

    DeliverEvents Deliver() => new(
        Store.Events, Store.Subscriptions, _health = new HealthOfReceivers(Store.Subscriptions), _sender, new EventOptions(), Time, Given.Random, NullLogger<DeliverEvents>.Instance);

    static async Task UntilNothingIsClaimedAsync(DeliverEvents deliver)
    {
        while (await deliver.RunOnceAsync(Ct))
        {
        }
    }

    /// <summary>Webhooks in the order of their SIDs.</summary>
    async Task<List<Webhook>> SubscribeAsync(Sid account, Sid service, int count)
    {
        if (await Store.Services.FindAsync(service, Ct) is null)
            await Store.Services.CreateAsync(new VerifyService { Sid = service, AccountSid = account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        var webhooks = Enumerable.Range(0, count).Select(_ => new Webhook
        {
            Sid = Sid.NewRandom("YW", Given.Random),
            AccountSid = account,
            ServiceSid = service,
            FriendlyName = "hook",
            EventNames = ["*"],
            Url = "https://hook.example/",
            Secret = SigningSecret.New(Given.Random),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        }).OrderBy(webhook => webhook.Sid).ToList();
        foreach (var webhook in webhooks)
            await Store.Webhooks.PutAsync(account, webhook.Name, _ => webhook, Ct);
        return webhooks;
    }

    Task AddAsync(Webhook webhook, int count) => Store.Events.AddAsync(
        [.. Enumerable.Range(0, count).SelectMany(_ => EventEntry.For(
            [webhook], webhook.ServiceSid, EventType.FactorCreated, Sid.NewRandom("YF", Given.Random), Time.GetUtcNow(), System.Text.Encoding.UTF8.GetBytes($$"""{"n":{{_added++}}}""")))],
        Ct);

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
