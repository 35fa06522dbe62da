using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Simulation;
using Countersign.Core.Tests.Privacy;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Delivery.Simulation;

public sealed class SimulatedNetworkTests
{
    static readonly Sid Account = Sid.Parse("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "AC");
    static readonly Sid Other = Sid.Parse("ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "AC");

    readonly FakeTimeProvider _clock = new();
    readonly SimulatedNetwork _network;

    public SimulatedNetworkTests() => _network = new SimulatedNetwork(MagicNumbers.Fictional, ReceiptMode.Failures, _clock, new ReplayedRandom());

    [Fact]
    public void So_many_messages_pass_in_any_one_second()
    {
        _network.SetRules(Account, [new SimulationRule { Prefix = "+44", MessagesPerSecond = 2 }]);

        Assert.Equal([null, null, DeliveryError.Throttled], [Send(), Send(), Send()]);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(DeliveryError.Throttled, Send());
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([null, null, DeliveryError.Throttled], [Send(), Send(), Send()]);
    }

    [Fact]
    public void A_clock_that_is_set_back_throttles_nobody_until_it_has_caught_up()
    {
        _network.SetRules(Account, [new SimulationRule { Prefix = "+44", MessagesPerSecond = 1 }]);
        Assert.Equal([null, DeliveryError.Throttled], [Send(), Send()]);

        _clock.AdjustTime(_clock.GetUtcNow().AddHours(-1));

        Assert.Equal([null, DeliveryError.Throttled], [Send(), Send()]);
    }

    [Fact]
    public void Rules_are_their_accounts_own_and_gone_when_none_are_set()
    {
        _network.SetRules(Account, [new SimulationRule { Prefix = "", Refusal = new Mishap(DeliveryError.CarrierFault) }]);

        Assert.False(_network.IsPlain(Account, "+447700900123"));
        Assert.True(_network.IsPlain(Other, "+447700900123"));
        Assert.Null(_network.Decide(Other, "+447700900123", "").Refusal);
        Assert.Equal(DeliveryError.CarrierFault, Send());

        _network.SetRules(Account, []);
        Assert.True(_network.IsPlain(Account, "+447700900123"));
    }

    [Fact]
    public void Without_rules_only_a_magic_number_is_not_plain()
    {
        Assert.True(_network.IsPlain(Account, "+14155550123"));
        Assert.False(_network.IsPlain(Account, "+19815550102"));
        Assert.False(_network.IsPlain(Account, "+19825550102"));
    }

    DeliveryError? Send() => _network.Decide(Account, "+447700900123", "").Refusal;
}
