using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A receipt that came before its attempt, and a node that was killed when it had recorded that, and had not looked yet.</summary>
public sealed class LeftReceiptsTests : IAsyncLifetime
{
    readonly PostgresHome _home = new();
    PostgresStore _store = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _store = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Theory]
    [InlineData("attempt_sid = (SELECT sid FROM attempt)")]
    [InlineData("attempt_sid = NULL, carrier_message_id = (SELECT carrier_message_id FROM attempt)")]
    public async Task It_is_applied_by_whoever_looks_next_and_once(string left)
    {
        await _store.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        var item = Assert.Single(await _store.Outbox.ClaimAsync(10, Ct));
        await _store.Outbox.RecordAsync([OutboxConformance.Sent(item) with { Carrier = "acme", CarrierMessageId = "a-name" }], Ct);
        await _store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { CarrierMessageId = "another", Status = ReceiptStatus.Undelivered, Error = DeliveryError.Unreachable }], Ct);
        await PostgresServer.ExecuteAsync(_home.ConnectionString, $"UPDATE early_receipt SET {left}");

        // It may be on its way.
        Assert.Same(ReceivedReceipts.None, await _store.Attempts.TakeLeftAsync(Ct));
        _home.Time.Advance(TimeSpan.FromMinutes(1));
        await using var other = await _home.OpenPostgresAsync();
        var received = await other.Attempts.TakeLeftAsync(Ct);
        var taken = Assert.Single(received.Changed);

        Assert.Equal((item.Attempt.Sid, AttemptStatus.Undelivered, DeliveryError.Unreachable), (taken.Sid, taken.Status, taken.Error));
        Assert.Equal(AttemptStatus.Undelivered, (await _store.Attempts.FindAsync(item.Attempt.Sid, Ct))!.Status);

        // Whoever took it may be killed before it has done what follows.
        Assert.Equal([item.Attempt.Sid], (await _store.Attempts.TakeLeftAsync(Ct)).SaidAgain.Select(attempt => attempt.Sid));
        await other.Attempts.FollowedAsync(received.Kept, Ct);
        Assert.Same(ReceivedReceipts.None, await _store.Attempts.TakeLeftAsync(Ct));
    }

    [Fact]
    public async Task However_many_receipts_of_other_carriers_name_an_attempt_the_right_one_is_found()
    {
        await _store.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        await _store.Verifications.SendAsync(2, Given.Verification(2, _home.Time.GetUtcNow()));
        var items = new List<OutboxItem>();
        while (items.Count < 2)
            items.AddRange(await _store.Outbox.ClaimAsync(10, Ct));
        await _store.Outbox.RecordAsync([.. items.Select(item => OutboxConformance.Sent(item) with { Carrier = "acme" })], Ct);
        await _store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { CarrierMessageId = "another", Status = ReceiptStatus.Delivered }], Ct);
        await PostgresServer.ExecuteAsync(
            _home.ConnectionString,
            """
            UPDATE early_receipt SET attempt_sid = (SELECT max(sid::text)::uuid FROM attempt);
            INSERT INTO early_receipt (account_sid, carrier, attempt_sid, body, received_at)
                SELECT account_sid, 'other', (SELECT min(sid::text)::uuid FROM attempt), body, received_at FROM early_receipt, generate_series(1, 600);
            """);
        _home.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Single((await _store.Attempts.TakeLeftAsync(Ct)).Changed);
        Assert.Equal(600L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM early_receipt"));
    }

    [Fact]
    public async Task What_is_about_no_attempt_of_ours_is_left_alone()
    {
        await _store.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { CarrierMessageId = "nobody", Status = ReceiptStatus.Delivered }], Ct);
        _home.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Same(ReceivedReceipts.None, await _store.Attempts.TakeLeftAsync(Ct));
        Assert.Equal(1L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM early_receipt"));
    }
}
