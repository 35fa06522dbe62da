using Countersign.Carriers;
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
    [Fact]
    public void Every_listed_code_can_be_kept()
    {
        IReadOnlyDictionary<string, DeliveryError>[] dictionaries =
            [GenericHttpErrors.All, WhatsAppErrors.All, InfobipErrors.All, MessageBirdErrors.All, SnsErrors.All, AndroidGatewayErrors.All];

        Assert.All(dictionaries.SelectMany(codes => codes.Keys), code => Assert.Equal(code, Refusals.Code(code)));
    }
}
