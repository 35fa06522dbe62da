using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What every <see cref="IAlarmStore"/> must do.</summary>
public abstract class AlarmStoreConformance(StoreHome home) : StoreConformance(home)
{
    [Fact]
    public async Task An_alarm_rings_when_its_time_has_come_and_again_until_it_is_done()
    {
        var verification = await SetAsync(1, TimeSpan.FromSeconds(30));
        Time.Advance(TimeSpan.FromMilliseconds(29_999));
        Assert.Empty(await DueAsync());

        Time.Advance(TimeSpan.FromMilliseconds(1));

        var alarm = Assert.Single(await DueAsync());
        Assert.Equal((Given.Service, verification.Sid, verification.Attempts[^1].Sid), (alarm.ServiceSid, alarm.VerificationSid, alarm.Attempt));
        await ReopenAsync();
        Assert.Equal(alarm, Assert.Single(await DueAsync()));
        await Store.Alarms.DoneAsync([alarm], Ct);
        await Store.Alarms.DoneAsync([alarm], Ct);
        Assert.Empty(await DueAsync());
        await ReopenAsync();
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task Alarms_ring_in_the_order_of_their_times()
    {
        var late = await SetAsync(1, TimeSpan.FromSeconds(30));
        var soon = await SetAsync(2, TimeSpan.FromSeconds(10));
        var later = await SetAsync(3, TimeSpan.FromSeconds(40));
        Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([soon.Sid, late.Sid], (await Store.Alarms.DueAsync(2, Ct)).Select(alarm => alarm.VerificationSid));
        Assert.Equal([soon.Sid, late.Sid, later.Sid], (await DueAsync()).Select(alarm => alarm.VerificationSid));
    }

    [Fact]
    public async Task A_step_that_throws_sets_none()
    {
        var step = new RecordedStep((_, _) => throw new NotSupportedException()) { ServiceSid = Given.Service, Destination = Given.Destination(1) };
        await Assert.ThrowsAsync<NotSupportedException>(() => Store.Verifications.ApplyAsync(step, Ct));
        Time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task A_send_without_a_moment_sets_none()
    {
        await Store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        Time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await DueAsync());
    }

    ValueTask<IReadOnlyList<Alarm>> DueAsync() => Store.Alarms.DueAsync(100, Ct);

    async Task<Verification> SetAsync(int number, TimeSpan wait)
    {
        var verification = Given.Verification(number, Time.GetUtcNow());
        var step = new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now + wait))
        {
            ServiceSid = Given.Service,
            Destination = Given.Destination(number),
        };
        await Store.Verifications.ApplyAsync(step, Ct);
        return verification;
    }
}
