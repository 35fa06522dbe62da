using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Tests.Delivery.Errors;

public sealed class SpokenErrorTests
{
    [Theory]
    [InlineData("20503", "20503")]
    [InlineData("status:0x58", "status:0x58")]
    [InlineData("5.1.1", "5.1.1")]
    [InlineData("timeout_in_login", "timeout_in_login")]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("+14155550123", "")]
    [InlineData("to:14155550123", "")]
    [InlineData("415-555-0123", "")]
    [InlineData("Your code is 123456", "")]
    [InlineData("a_code_that_goes_on_and_on_and_is_longer_than_one_of_any_carrier", "")]
    public void A_carriers_code_is_said_where_it_has_the_form_of_one(string? code, string said) => Assert.Equal(said, SpokenError.CodeOf(code));

    [Fact]
    public void Our_name_stands_before_it()
    {
        Assert.Equal("carrier_fault, the carrier's code: 20503", SpokenError.Of(DeliveryError.CarrierFault, "20503"));
        Assert.Equal("timeout", SpokenError.Of(DeliveryError.Timeout, null));
    }
}
