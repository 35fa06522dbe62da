using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
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
}
