using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>An alarm that a node cannot do anything about, such as for want of a key, beside others that perhaps can.</summary>
public sealed class RedisAlarmTests : IAsyncLifetime
{
    readonly RedisHome _home = new();
    PostgresStore _postgres = null!;
    RedisStore _one = null!, _other = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _postgres = await _home.OpenPostgresAsync();
        _one = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
        _other = await _home.OpenRedisAsync(_postgres.History, new FakeTimeProvider());
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_a_node_gives_up_rings_for_another_at_once()
    {
        var alarm = await TakenAsync();

        await _one.Alarms.GiveUpAsync([alarm], Ct);

        // However soon this one looks again.
        Assert.Empty(await _one.Alarms.DueAsync(1, Ct));
        Assert.Equal(alarm, Assert.Single(await _other.Alarms.DueAsync(1, Ct)));
    }

    [Fact]
    public async Task What_a_node_gives_up_comes_again_to_it_where_no_other_takes_it()
    {
        var alarm = await TakenAsync();

        await _one.Alarms.GiveUpAsync([alarm], Ct);
        _home.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(alarm, Assert.Single(await _one.Alarms.DueAsync(1, Ct)));
    }

    [Fact]
    public async Task What_is_left_to_others_takes_no_room_of_what_comes_next()
    {
        await _one.Alarms.GiveUpAsync([await TakenAsync()], Ct);

        // Of the same destination, and so in the same group.
        var next = await TakenAsync();

        Assert.Equal(next, Assert.Single(await _one.Alarms.DueAsync(1, Ct)));
    }

    [Fact]
    public async Task What_another_did_meanwhile_does_not_ring_again()
    {
        var alarm = await TakenAsync();
        await _other.Alarms.DoneAsync([alarm], Ct);

        await _one.Alarms.GiveUpAsync([alarm], Ct);

        Assert.Empty(await _other.Alarms.DueAsync(1, Ct));
    }

    /// <summary>A new alarm that has just rung at the first node.</summary>
    async Task<Alarm> TakenAsync()
    {
        var verification = Given.Verification(1, _home.Time.GetUtcNow());
        var step = new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now + TimeSpan.FromSeconds(1)))
        {
            ServiceSid = Given.Service,
            Destination = Given.Destination(1),
        };
        await _one.Verifications.ApplyAsync(step, Ct);
        _home.Time.Advance(TimeSpan.FromSeconds(1));
        var alarm = Assert.Single(await _one.Alarms.DueAsync(1, Ct));
        Assert.Equal(verification.Sid, alarm.VerificationSid);
        return alarm;
    }
}
