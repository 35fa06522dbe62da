using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Tests.Registry;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Delivery;

/// <summary>A carrier that another server changed with a key that this one does not have.</summary>
public sealed class UnreadableCarrierTests : IAsyncDisposable
{
    static readonly Sid Account = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC");
    static readonly Sid Other = Sid.Parse("ACffffffffffffffffffffffffffffffff", "AC");
    static readonly Sid Service = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA");

    // Reserved for fiction in Sweden, which this server does not know: it goes to carriers.
    static readonly PhoneNumber Eva = PhoneNumber.Restore("+46701740605");

    readonly MemoryRegistry<CarrierDefinition> _registry = new();
    readonly CarrierDirectory _carriers;
    readonly ServedChannels _served;

    public UnreadableCarrierTests()
    {
        _carriers = Carriers.Directory(_registry, [], TimeProvider.System);
        _served = Carriers.Served(_carriers);
        _registry.Hide(Account, "acme");
    }

    public ValueTask DisposeAsync() => _carriers.DisposeAsync();

    [Fact]
    public void Its_accounts_messages_wait_and_go_to_nobody_else()
    {
        Assert.Throws<UnknownKeyException>(() => _carriers.Serving(Account, Channel.Sms, Eva, isTest: false));
        Assert.Throws<UnknownKeyException>(() => _served.Serves(Account, Service, Channel.Sms, Eva, isTest: false));
        Assert.Single(_carriers.Serving(Other, Channel.Sms, Eva, isTest: false));
    }

    [Fact]
    public void Numbers_of_fiction_and_test_numbers_are_served_as_ever()
    {
        Assert.Single(_carriers.Serving(Account, Channel.Sms, Desk.Bob, isTest: false));
        Assert.Single(_carriers.Serving(Account, Channel.Sms, Eva, isTest: true));
    }

    [Fact]
    public void What_is_said_of_a_verification_that_was_kept_does_not_fail_for_it() =>
        Assert.Empty(_served.ChannelsFor(Account, Service, Eva, isTest: false));

    [Fact]
    public void Its_receipts_are_not_those_of_a_carrier_that_there_is_not()
    {
        Assert.Throws<UnknownKeyException>(() => _carriers.Find(Account, "acme"));
        Assert.Null(_carriers.Find(Account, "beta"));
        Assert.Null(_carriers.Find(Other, "acme"));
    }
}
