using System.Security.Cryptography;
using Countersign.Adapters.Tests.Sqlite;
using Countersign.Core;
using Countersign.Core.Events;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Watches whose verification cannot be looked at. What every store must do with watches is in <see cref="EventStoreConformance"/>.</summary>
public sealed class WatchExpiriesTests() : StoreConformance(new SqliteHome())
{
    readonly Sid _webhook = Sid.NewRandom("YW", Given.Random);

    public static TheoryData<string, Exception, TimeSpan> Obstacles => new()
    {
        { "damaged", new CryptographicException("no"), TimeSpan.FromHours(1) },
        { "malformed", new System.Text.Json.JsonException("no"), TimeSpan.FromHours(1) },
        { "too short", new ArgumentOutOfRangeException("no"), TimeSpan.FromHours(1) },
        { "part away", new StoreUnavailableException("away"), TimeSpan.FromSeconds(15) },
        { "newer key", new UnknownKeyException(2), TimeSpan.FromSeconds(15) },
    };

    [Theory]
    [MemberData(nameof(Obstacles))]
    public async Task One_that_cannot_be_looked_at_is_put_off_and_holds_up_no_other(string name, Exception obstacle, TimeSpan by)
    {
        Assert.NotEmpty(name);
        await SubscribeAsync();
        var bad = await Store.Verifications.SendAsync(1, Given.Verification(1, Time.GetUtcNow()));
        var good = await Store.Verifications.SendAsync(2, Given.Verification(2, Time.GetUtcNow().AddSeconds(1)));
        Time.Advance(TimeSpan.FromMinutes(11));
        var obstructed = new Obstructed(Store.Verifications) { [bad.Sid] = obstacle };

        Assert.False(await Watch(obstructed).RunOnceAsync(Ct));

        Assert.Equal([EventEntry.IdOf(EventType.VerificationExpired, good.Sid)], (await ClaimAsync()).Select(entry => entry.Id));
        Assert.Empty(await Store.Events.DueWatchesAsync(10, Ct));

        // Told when it can be read again, and not before its time.
        obstructed.Remove(bad.Sid);
        Time.Advance(by - TimeSpan.FromSeconds(1));
        await Watch(obstructed).RunOnceAsync(Ct);
        Assert.DoesNotContain(EventEntry.IdOf(EventType.VerificationExpired, bad.Sid), (await ClaimAsync()).Select(entry => entry.Id));
        Time.Advance(TimeSpan.FromSeconds(1));
        await Watch(obstructed).RunOnceAsync(Ct);
        Assert.Contains(EventEntry.IdOf(EventType.VerificationExpired, bad.Sid), (await ClaimAsync()).Select(entry => entry.Id));
    }

    [Fact]
    public async Task A_whole_batch_that_is_away_does_not_hide_what_is_due_behind_it()
    {
        await SubscribeAsync();
        var obstructed = new Obstructed(Store.Verifications);
        for (var number = 0; number < 256; number++)
            obstructed[(await Store.Verifications.SendAsync(number, Given.Verification(number, Time.GetUtcNow()))).Sid] = new StoreUnavailableException("away");
        var behind = await Store.Verifications.SendAsync(900, Given.Verification(900, Time.GetUtcNow().AddSeconds(1)));
        Time.Advance(TimeSpan.FromMinutes(11));

        Assert.True(await Watch(obstructed).RunOnceAsync(Ct));
        Assert.False(await Watch(obstructed).RunOnceAsync(Ct));

        Assert.Equal([EventEntry.IdOf(EventType.VerificationExpired, behind.Sid)], (await ClaimAsync()).Select(entry => entry.Id));
    }

    [Fact]
    public async Task Many_are_looked_at_together_and_not_all()
    {
        await SubscribeAsync();
        for (var number = 0; number < 100; number++)
            await Store.Verifications.SendAsync(number, Given.Verification(number, Time.GetUtcNow()));
        Time.Advance(TimeSpan.FromMinutes(11));
        var gate = new Gate(Store.Verifications, opensAt: 32);

        await Watch(gate).RunOnceAsync(Ct);

        // The gate lets nobody through before so many wait: one after the other would never end.
        Assert.Equal(32, gate.Most);
        Assert.Equal(100, (await ClaimAsync()).Count);
    }

    WatchExpiries Watch(IVerificationStore verifications) => new(Store.Events, verifications, new EventMaker(Store.Subscriptions), Time, NullLogger<WatchExpiries>.Instance);

    async Task SubscribeAsync()
    {
        await Store.Services.CreateAsync(
            new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        await Store.Webhooks.PutAsync(
            Given.Account,
            _webhook.ToString(),
            _ => new Webhook
            {
                Sid = _webhook,
                AccountSid = Given.Account,
                ServiceSid = Given.Service,
                FriendlyName = "hook",
                EventNames = ["verification.expired"],
                Url = "https://hook.example/",
                Secret = SigningSecret.New(Given.Random),
                CreatedAt = Desk.Opening,
                UpdatedAt = Desk.Opening,
            },
            Ct);
    }

    async Task<IReadOnlyList<EventEntry>> ClaimAsync() => await Store.Events.ClaimAsync([(_webhook, 200)], Ct);

    /// <summary>A store some of whose verifications cannot be reached, each for its reason.</summary>
    sealed class Obstructed(IVerificationStore store) : Dictionary<Sid, Exception>, IVerificationStore
    {
        public Task ApplyAsync(VerificationStep step, CancellationToken ct) =>
            TryGetValue(step.VerificationSid!.Value, out var obstacle) ? Task.FromException(obstacle) : store.ApplyAsync(step, ct);
    }

    /// <summary>A store that answers when so many ask at once, and from then on always.</summary>
    sealed class Gate(IVerificationStore store, int opensAt) : IVerificationStore
    {
        readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int _inside, _most;

        public int Most => _most;

        public async Task ApplyAsync(VerificationStep step, CancellationToken ct)
        {
            var inside = Interlocked.Increment(ref _inside);
            for (var most = _most; inside > most; most = _most)
                Interlocked.CompareExchange(ref _most, inside, most);
            if (inside == opensAt)
                _open.TrySetResult();
            await _open.Task.WaitAsync(ct);
            await store.ApplyAsync(step, ct);
            Interlocked.Decrement(ref _inside);
        }
    }
}
