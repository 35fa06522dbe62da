using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Guard;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Work that a node cannot do, since another made it with a key that this one does not have: it is left to those that can.</summary>
public sealed class NewerKeyNodesTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    readonly PostgresHome _home = new();
    readonly KeyRing _ring = Rings.WithKeys(1);
    PostgresStore _here = null!;
    PostgresStore? _old, _newer;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _here = await _home.OpenPostgresAsync(_ring);
        _old = await _home.OpenPostgresAsync(Rings.WithKeys(1));
        _newer = await _home.OpenPostgresAsync(Rings.WithKeys(2));
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        await _here.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task An_alarm_that_a_node_asks_for_again_and_again_rings_on_another_after_half_a_minute()
    {
        await SetAlarmAsync(_newer!, 1);
        Assert.Single(await _here.Alarms.DueAsync(10, Ct));
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE alarm SET claimed_at = clock_timestamp() - interval '29 s'");
        Assert.Single(await _here.Alarms.DueAsync(10, Ct));
        Assert.Empty(await _newer!.Alarms.DueAsync(10, Ct));

        // Asking did not make the claim younger: soon it is over.
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE alarm SET claimed_at = claimed_at - interval '2 s'");

        Assert.Empty(await _here.Alarms.DueAsync(10, Ct));
        Assert.Single(await _newer!.Alarms.DueAsync(10, Ct));
        Assert.Empty(await _here.Alarms.DueAsync(10, Ct));
    }

    [Fact]
    public async Task An_alarm_that_nobody_else_takes_comes_again()
    {
        await SetAlarmAsync(_here, 1);
        var alarm = Assert.Single(await _here.Alarms.DueAsync(10, Ct));
        await _here.Alarms.GiveUpAsync([alarm], Ct);
        Assert.Empty(await _here.Alarms.DueAsync(10, Ct));

        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE alarm SET claimed_at = claimed_at - interval '5 s'");

        Assert.Equal(alarm, Assert.Single(await _here.Alarms.DueAsync(10, Ct)));
    }

    [Fact]
    public async Task An_alarm_that_needs_a_key_which_a_node_does_not_have_is_the_others_at_once()
    {
        await _here.Services.CreateAsync(new() { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Owl", CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, Ct);
        await SetAlarmAsync(_newer!, 1);
        var carriers = Core.Tests.Delivery.Carriers.SandboxOnly();
        var advance = new AdvanceVerification(
            _here.Verifications, _here.Services, Core.Tests.Delivery.Carriers.Served(carriers), new DestinationIndex(Rings.WithKeys(1)), new StartGuard([], _home.Time), RandomSource.System,
            NullLogger<AdvanceVerification>.Instance);

        await new WatchAlarms(_here.Alarms, advance, _home.Time, NullLogger<WatchAlarms>.Instance).RunOnceAsync(Ct);

        Assert.Single(await _newer!.Alarms.DueAsync(10, Ct));
    }

    [Fact]
    public async Task Messages_that_a_node_cannot_read_hold_up_no_others_and_are_left_to_one_that_can()
    {
        // More rows than are looked at in one claim, all of them before the one that can be read.
        for (var number = 0; number < 20; number++)
            await _newer!.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()));
        _home.Time.Advance(TimeSpan.FromSeconds(1));
        var readable = await _old!.Verifications.SendAsync(100, Given.Verification(100, _home.Time.GetUtcNow()));
        await LeaveAsync();

        Assert.Equal([readable.Attempts[0].Sid], (await ClaimAsync(_here, 1)).Select(item => item.Attempt.Sid));

        // Nor its own.
        var own = await _here.Verifications.SendAsync(101, Given.Verification(101, _home.Time.GetUtcNow()));
        Assert.Equal([own.Attempts[0].Sid], (await ClaimAsync(_here, 1)).Select(item => item.Attempt.Sid));
        _newer = await _home.OpenPostgresAsync(Rings.WithKeys(2));
        Assert.Equal(20, (await ClaimAsync(_newer, 20)).Select(item => item.Attempt.Sid).Distinct().Count());
        Assert.Equal(22L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT sum(waiting)::bigint FROM outbox"));
    }

    [Fact]
    public async Task Messages_that_a_node_could_not_read_it_sends_once_it_has_the_key()
    {
        var sent = await _newer!.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        await LeaveAsync();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _here.Outbox.ClaimAsync(10, limit.Token).AsTask());

        _ring.WhenMissing(() => Rings.WithKeys(2));

        Assert.Equal([sent.Attempts[0].Sid], (await ClaimAsync(_here, 1)).Select(item => item.Attempt.Sid));
    }

    [Fact]
    public async Task A_row_that_is_damaged_holds_up_no_other()
    {
        await _newer!.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE outbox SET entries = repeat('x', 60)::bytea");
        var readable = await _old!.Verifications.SendAsync(2, Given.Verification(2, _home.Time.GetUtcNow()));
        await LeaveAsync();

        Assert.Equal([readable.Attempts[0].Sid], (await ClaimAsync(_here, 1)).Select(item => item.Attempt.Sid));
    }

    [Fact]
    public async Task What_nobody_could_read_for_a_day_is_removed_and_nothing_else_is()
    {
        await _newer!.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE outbox SET entries = repeat('x', 60)::bytea");
        _home.Time.Advance(TimeSpan.FromHours(25));
        await _newer.Verifications.SendAsync(2, Given.Verification(2, _home.Time.GetUtcNow()));
        var readable = await _old!.Verifications.SendAsync(3, Given.Verification(3, _home.Time.GetUtcNow()));
        await LeaveAsync();

        Assert.Equal([readable.Attempts[0].Sid], (await ClaimAsync(_here, 1)).Select(item => item.Attempt.Sid));

        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM outbox WHERE entries = repeat('x', 60)::bytea"));
        Assert.Equal(2L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM outbox"));
    }

    /// <summary>All but one node are gone, and have left it what they had.</summary>
    async Task LeaveAsync()
    {
        foreach (var node in new[] { _newer, _old }.OfType<PostgresStore>())
            await node.DisposeAsync();
        _newer = _old = null;
    }

    static async Task SetAlarmAsync(PostgresStore node, int number)
    {
        var verification = Given.Verification(number, Desk.Opening);
        await node.Verifications.ApplyAsync(
            new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now)) { ServiceSid = Given.Service, Destination = Given.Destination(number) }, Ct);
    }

    /// <summary>Asks until there are so many; a test that has to wait for too long has failed.</summary>
    static async Task<List<OutboxItem>> ClaimAsync(PostgresStore store, int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        var items = new List<OutboxItem>();
        while (items.Count < count)
            items.AddRange(await store.Outbox.ClaimAsync(count - items.Count, limit.Token));
        return items;
    }
}
