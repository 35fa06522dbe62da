using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Events;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Storage;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Verifications whose rows are damaged, or of a newer version, where a receiver of events is told of them: they hold up no others.</summary>
public sealed class DamagedVerificationTests : IAsyncLifetime
{
    // A send at a moment that no calendar has.
    static readonly byte[] Damaged = [.. Enumerable.Repeat((byte)0x7f, SendAttemptBytes.PerAttempt)];

    readonly PostgresHome _home = new();
    PostgresStore _store = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await _home.OpenPostgresAsync();
        await _store.Services.CreateAsync(
            new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        var webhook = new Webhook
        {
            Sid = Sid.Parse("YW0123456789abcdef0123456789abcdef", "YW"),
            AccountSid = Given.Account,
            ServiceSid = Given.Service,
            FriendlyName = "Owl",
            EventNames = ["verification.*", "delivery.*"],
            Url = "https://owl.example/",
            Secret = SigningSecret.New(RandomSource.System),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };
        await _store.Webhooks.PutAsync(Given.Account, webhook.Name, _ => webhook, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task History_is_kept_and_receivers_are_told_of_all_others()
    {
        var started = await Task.WhenAll(Enumerable.Range(0, 3).Select(number => _store.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()))));
        var rows = await _store.History.FindAsync([.. started.Select(verification => verification.Sid)], Ct);
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "DELETE FROM verification; DELETE FROM event");

        // The second has a channel that only a newer version knows.
        await _store.History.SaveAsync([rows[0] with { Attempts = Damaged }, rows[1] with { Channel = (Channel)77 }, rows[2]], Ct);

        Assert.Equal(3L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM verification"));
        Assert.Equal(1L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM event"));
    }

    [Fact]
    public async Task Receipts_are_taken_all_the_same()
    {
        await Task.WhenAll(Enumerable.Range(0, 2).Select(number => _store.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()))));
        var items = new List<OutboxItem>();
        while (items.Count < 2)
            items.AddRange(await _store.Outbox.ClaimAsync(10, Ct));
        await _store.Outbox.RecordAsync([.. items.Select(item => OutboxConformance.Sent(item) with { Carrier = "acme" })], Ct);
        await PostgresServer.ExecuteAsync(_home.ConnectionString, $"UPDATE verification SET attempts = '\\x{Convert.ToHexString(Damaged)}' WHERE sid = '{items[0].Verification.Sid.ToUuid()}'");

        await _store.Attempts.ReceiveAsync(Given.Account, "acme", [.. items.Select(item => new Receipt { AttemptSid = item.Attempt.Sid, Status = ReceiptStatus.Delivered })], Ct);

        foreach (var item in items)
            Assert.Equal(AttemptStatus.Delivered, (await _store.Attempts.FindAsync(item.Attempt.Sid, Ct))!.Status);
    }
}
