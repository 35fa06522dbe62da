using Countersign.Carriers.AndroidGateway;
using Countersign.Carriers.GenericHttp;
using Countersign.Carriers.Infobip;
using Countersign.Carriers.MessageBird;
using Countersign.Carriers.Sns;
using Countersign.Carriers.WhatsApp;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Adapters.Tests.Carriers;

public sealed class VendorErrorsTests
{
    public static TheoryData<IReadOnlyDictionary<string, DeliveryError>> Dictionaries =>
        [GenericHttpErrors.All, WhatsAppErrors.All, InfobipErrors.All, MessageBirdErrors.All, SnsErrors.All, AndroidGatewayErrors.All];

    [Theory]
    [MemberData(nameof(Dictionaries), DisableDiscoveryEnumeration = true)]
    public void Every_code_can_be_kept_as_a_receipts_code(IReadOnlyDictionary<string, DeliveryError> codes) =>
        Assert.All(codes.Keys, code => Assert.Equal(code, Countersign.Carriers.Refusals.Code(code)));
}
