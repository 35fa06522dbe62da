using Countersign.Core.Events;

namespace Countersign.Core.Tests.Events;

public sealed class EventTypesTests
{
    [Fact]
    public void The_star_is_what_Twilios_webhooks_have()
    {
        var set = EventTypes.SetOf(["*"]);

        Assert.Equal(
            [EventType.FactorCreated, EventType.FactorVerified, EventType.FactorDeleted, EventType.ChallengeApproved, EventType.ChallengeDenied],
            EventTypes.Names.Keys.Where(type => EventTypes.Has(set, type)).Order());
    }

    [Fact]
    public void Every_event_has_a_name_and_those_of_verifications_and_messages_one_of_Twilios_streams()
    {
        Assert.Equal(Enum.GetValues<EventType>(), EventTypes.Names.Keys.Order());
        Assert.All(EventTypes.Known, name => Assert.True(EventTypes.IsKnown(name) && EventTypes.SetOf([name]) != 0, name));
        Assert.Equal("com.twilio.accountsecurity.verify.verification.max-attempts-reached", EventTypes.CloudNameOf(EventType.VerificationMaxAttemptsReached));
        Assert.Equal("com.twilio.accountsecurity.verify.message.undelivered", EventTypes.CloudNameOf(EventType.DeliveryUndelivered));
        Assert.Null(EventTypes.CloudNameOf(EventType.FactorCreated));
        Assert.Equal(10, EventTypes.CloudNames.Count);
    }

    [Fact]
    public void Pauses_grow_to_an_hour_and_vary_by_a_fifth()
    {
        Assert.Equal(TimeSpan.FromSeconds(4), RetrySchedule.PauseAfter(1, 0));
        Assert.Equal(TimeSpan.FromSeconds(6), RetrySchedule.PauseAfter(1, 1));
        Assert.Equal(TimeSpan.FromSeconds(40), RetrySchedule.PauseAfter(4, 0.5));
        Assert.Equal(TimeSpan.FromHours(1), RetrySchedule.PauseAfter(11, 0.5));
        Assert.Equal(TimeSpan.FromHours(1), RetrySchedule.PauseAfter(1000, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(30), RetrySchedule.PauseAfter(1, 0.5, TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromSeconds(5), RetrySchedule.PauseAfter(1, 0.5, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromHours(1), RetrySchedule.PauseAfter(1, 0.5, TimeSpan.FromDays(9)));

        // A day holds about thirty tries.
        var (at, tries) = (TimeSpan.Zero, 1);
        while (at < TimeSpan.FromHours(24))
            at += RetrySchedule.PauseAfter(tries++, 0.5);
        Assert.InRange(tries, 30, 36);
    }
}
