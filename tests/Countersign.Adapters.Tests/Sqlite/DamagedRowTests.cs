using System.Security.Cryptography;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Rows that wait for something, of which one is damaged: it fails alone, is told of once, and holds up none behind it.</summary>
public sealed class DamagedRowTests : IAsyncDisposable
{
    static readonly Sid First = Sid.Parse("YW0123456789abcdef0123456789abcdef", "YW");
    static readonly Sid Second = Sid.Parse("YWfedcba9876543210fedcba9876543210", "YW");

    readonly SqliteHome _home = new();
    readonly Said _said = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task An_alarm()
    {
        Verification good;
        using (var store = Open())
        {
            await SetAlarmAsync(store, 1);
            good = await SetAlarmAsync(store, 2);
        }

        Run("UPDATE alarm SET attempt_sid = x'00' WHERE position = 1");
        _home.Time.Advance(TimeSpan.FromMinutes(1));
        using var again = Open();

        Assert.Equal([good.Sid], (await again.Alarms.DueAsync(10, Ct)).Select(alarm => alarm.VerificationSid));
        Assert.Equal([good.Sid], (await again.Alarms.DueAsync(10, Ct)).Select(alarm => alarm.VerificationSid));
        Assert.Equal(["3105 alarm 1 is dropped: its row is damaged (ArgumentOutOfRangeException)"], _said.Lines);
    }

    [Fact]
    public async Task An_event()
    {
        using (var store = Open())
        {
            await AddEventAsync(store, First);
            await AddEventAsync(store, First);
            await AddEventAsync(store, Second);
        }

        Run("UPDATE event SET service_sid = x'00' WHERE position = 1");
        using var again = Open();

        Assert.Equal([First, Second], (await again.Events.DueAsync(default, 10, Ct)).Receivers);
        Assert.Equal([2, 3], (await again.Events.ClaimAsync([(First, 8), (Second, 8)], Ct)).Select(entry => entry.Position));
        Assert.Equal("3105", Assert.Single(_said.Lines)[..4]);
    }

    [Fact]
    public async Task An_event_whose_receiver_nobody_knows()
    {
        using (var store = Open())
        {
            await AddEventAsync(store, First);
            await AddEventAsync(store, Second);
        }

        Run("UPDATE event SET receiver = x'01' WHERE position = 1");
        using var again = Open();

        Assert.Equal([Second], (await again.Events.DueAsync(default, 10, Ct)).Receivers);
        Assert.Equal([2], (await again.Events.ListAsync(Given.Account, null, dead: false, new PageRequest(1, null), Ct)).Items.Select(entry => entry.Position));
    }

    [Fact]
    public async Task A_watch()
    {
        var (bad, good) = (Sid.NewOrdered("VE", Desk.Opening, Given.Random), Sid.NewOrdered("VE", Desk.Opening, Given.Random));
        using (var parts = new SqliteParts(_home))
        {
            var rows = new SqliteEventRows(parts.Context);
            await parts.Writer.RunAsync(_ =>
            {
                rows.Watch(new ExpiryWatch(bad, Given.Service, Given.Account, Desk.Opening));
                rows.Watch(new ExpiryWatch(good, Given.Service, Given.Account, Desk.Opening));
                return 0;
            });
        }

        Run($"UPDATE event_watch SET account_sid = x'00' WHERE verification_sid = x'{bad.ToString()[2..]}'");
        using var again = Open();

        Assert.Equal([good], (await again.Events.DueWatchesAsync(10, Ct)).Select(watch => watch.VerificationSid));
        Assert.Equal([good], (await again.Events.DueWatchesAsync(10, Ct)).Select(watch => watch.VerificationSid));
        Assert.Equal("3105", Assert.Single(_said.Lines)[..4]);
    }

    [Fact]
    public async Task A_receipt_that_came_before_its_attempt()
    {
        using var store = Open();
        var verification = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var attempt = verification.Attempts[0].Sid;
        foreach (var status in new[] { ReceiptStatus.Delivered, ReceiptStatus.Read })
            await store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { AttemptSid = attempt, Status = status }], Ct);
        Run("UPDATE early_receipt SET body = 'none' WHERE position = 1");

        var item = Assert.Single(await store.Outbox.ClaimAsync(10, Ct));
        await store.Outbox.RecordAsync([OutboxConformance.Sent(item) with { Carrier = "acme" }], Ct);

        Assert.Equal(AttemptStatus.Read, (await store.Attempts.FindAsync(attempt, Ct))!.Status);
        Assert.Equal("3105", Assert.Single(_said.Lines)[..4]);
    }

    [Fact]
    public async Task A_message_in_the_outbox_also_the_last_one()
    {
        Verification good;
        using (var store = Open())
        {
            good = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening), new OneTimeCode("123456"));
            await store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening), new OneTimeCode("123456"));
        }

        Run("UPDATE outbox SET verification_sid = x'00' WHERE position = 2");
        using var again = Open();

        Assert.Equal([good.Sid], (await again.Outbox.ClaimAsync(10, Ct)).Select(item => item.Verification.Sid));
        Assert.Equal(1, again.Outbox.Known);
        using var cancel = new CancellationTokenSource();
        var claim = again.Outbox.ClaimAsync(1, cancel.Token).AsTask();
        var next = await again.Verifications.SendAsync(3, Given.Verification(3, Desk.Opening));
        Assert.Equal([next.Sid], (await claim).Select(item => item.Verification.Sid));
    }

    [Fact]
    public async Task A_verification_whose_message_a_receipt_is_about()
    {
        using var store = Open();
        await store.Services.CreateAsync(new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        await store.Webhooks.PutAsync(Given.Account, First.ToString(), _ => Webhook(First), Ct);
        var verification = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        var item = Assert.Single(await store.Outbox.ClaimAsync(10, Ct));
        await store.Outbox.RecordAsync([OutboxConformance.Sent(item) with { Carrier = "acme" }], Ct);
        Run("UPDATE verification SET personal = zeroblob(60)");
        await Assert.ThrowsAnyAsync<CryptographicException>(() => store.Verifications.FindAsync(verification.Sid));

        var received = await store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { AttemptSid = item.Attempt.Sid, Status = ReceiptStatus.Delivered }], Ct);

        Assert.Equal(AttemptStatus.Delivered, Assert.Single(received.Changed).Status);
        Assert.Contains(EventType.DeliveryDelivered, (await store.Events.ClaimAsync([(First, 8)], Ct)).Select(entry => entry.Type));
        Assert.Equal("3106", Assert.Single(_said.Lines)[..4]);
    }

    SqliteStore Open() => SqliteStore.Open(_home.Directory, _home.Sealer, _home.Time, _said);

    void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_home.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    async Task<Verification> SetAlarmAsync(SqliteStore store, int number)
    {
        var verification = Given.Verification(number, _home.Time.GetUtcNow());
        var step = new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now + TimeSpan.FromSeconds(30)))
        {
            ServiceSid = Given.Service,
            Destination = Given.Destination(number),
        };
        await store.Verifications.ApplyAsync(step, Ct);
        return verification;
    }

    static Task AddEventAsync(SqliteStore store, Sid receiver) =>
        store.Events.AddAsync(EventEntry.For([Webhook(receiver)], Given.Service, EventType.FactorCreated, Given.Service, Desk.Opening, "{}"u8.ToArray()), Ct);

    static Webhook Webhook(Sid receiver) => new()
    {
        Sid = receiver,
        AccountSid = Given.Account,
        ServiceSid = Given.Service,
        FriendlyName = "hook",
        EventNames = ["*", "delivery.delivered"],
        Url = "https://hook.example/",
        Secret = SigningSecret.New(Given.Random),
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };

    /// <summary>The lines of the log, each with its number before it.</summary>
    sealed class Said : ILogger<SqliteStore>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{eventId.Id} {formatter(state, exception)}");
    }
}
