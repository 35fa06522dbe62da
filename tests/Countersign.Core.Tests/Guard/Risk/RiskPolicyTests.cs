using Countersign.Core.Channels;
using Countersign.Core.Guard.Risk;

namespace Countersign.Core.Tests.Guard.Risk;

public sealed class RiskPolicyTests
{
    static readonly RiskSettings Settings = new(RiskMode.Enforce, ChallengeFrom: 50, StrongerChannelFrom: 30, RefuseFrom: 80);

    [Theory]
    [InlineData(0, RiskAction.Allow, false)]
    [InlineData(29, RiskAction.Allow, false)]
    [InlineData(30, RiskAction.StrongerChannel, true)]
    [InlineData(50, RiskAction.Challenge, true)]
    [InlineData(79, RiskAction.Challenge, true)]
    [InlineData(80, RiskAction.Refuse, false)]
    [InlineData(100, RiskAction.Refuse, false)]
    public void The_strictest_threshold_that_is_reached_holds(int score, RiskAction action, bool withoutSms) =>
        Assert.Equal((action, withoutSms), RiskPolicy.Of(Settings, score, [Channel.Sms, Channel.WhatsApp]));

    [Fact]
    public void Where_text_messages_are_all_there_is_work_stands_in_for_another_channel() =>
        Assert.Equal((RiskAction.Challenge, false), RiskPolicy.Of(Settings, 30, [Channel.Sms]));

    [Fact]
    public void A_threshold_of_0_never_holds() =>
        Assert.Equal((RiskAction.Allow, false), RiskPolicy.Of(new RiskSettings(RiskMode.Enforce, 0, 0, 0), 100, [Channel.Sms, Channel.Call]));

    [Theory]
    [InlineData(50, 0)]
    [InlineData(59, 0)]
    [InlineData(60, 1)]
    [InlineData(79, 2)]
    [InlineData(10, 0)]
    public void Ten_points_more_double_the_work(int score, int effort) => Assert.Equal(effort, RiskPolicy.EffortOf(Settings, score));
}
