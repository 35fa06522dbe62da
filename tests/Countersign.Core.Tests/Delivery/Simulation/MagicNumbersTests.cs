using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Simulation;
using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Delivery.Simulation;

public sealed class MagicNumbersTests
{
    public static TheoryData<DeliveryError> Errors => [.. Enum.GetValues<DeliveryError>()];

    [Theory]
    [MemberData(nameof(Errors))]
    public void Every_error_has_a_number_that_is_refused_with_it_and_one_that_is_undelivered_for_it(DeliveryError error)
    {
        Assert.Equal(new MagicOutcome.Refused(error), MagicNumbers.Fictional.Find($"+198155501{(int)error:D2}"));
        Assert.Equal(new MagicOutcome.Undelivered(error), MagicNumbers.Fictional.Find($"+198255501{(int)error:D2}"));
    }

    [Theory]
    [InlineData(MagicNumbers.RefusedPrefix)]
    [InlineData(MagicNumbers.UndeliveredPrefix)]
    public void Every_number_of_the_two_ranges_is_one_that_the_api_takes_and_that_no_carrier_ever_sees(string prefix)
    {
        for (var last = 0; last < 100; last++)
        {
            Assert.True(PhoneNumber.TryParse($"{prefix}{last:D2}", out var number, out _));
            Assert.True(number.IsFictional);
            Assert.True(MagicNumbers.IsFictional(number.Reveal()));
        }
    }

    [Fact]
    public void Two_zeros_are_delivered_two_nines_are_lost_and_the_rest_is_like_any_other()
    {
        Assert.Equal(MagicOutcome.Delivered, MagicNumbers.Fictional.Find("+19825550100"));
        Assert.Equal(MagicOutcome.Lost, MagicNumbers.Fictional.Find("+19825550199"));
        Assert.NotEqual(MagicOutcome.Delivered, MagicOutcome.Lost);
        Assert.Null(MagicNumbers.Fictional.Find("+19825550198"));
    }

    [Theory]
    [InlineData("+14155550103")]
    [InlineData("+447700900103")]
    [InlineData("+1982555010")]
    [InlineData("+198255501030")]
    [InlineData("someone@example.com")]
    [InlineData("")]
    public void No_other_destination_is_magic(string to)
    {
        Assert.Null(MagicNumbers.Fictional.Find(to));
        Assert.False(MagicNumbers.IsFictional(to));
    }

    [Fact]
    public void A_range_can_be_added_and_so_can_a_single_number()
    {
        var magic = new MagicNumbers([("+467017406", false)], new Dictionary<string, DeliveryError> { ["+15005550001"] = DeliveryError.InvalidNumber });

        Assert.Equal(new MagicOutcome.Undelivered(DeliveryError.Filtered), magic.Find("+46701740606"));
        Assert.Equal(new MagicOutcome.Refused(DeliveryError.InvalidNumber), magic.Find("+15005550001"));
        Assert.Equal(new MagicOutcome.Refused(DeliveryError.Unreachable), magic.Find("+19815550102"));
    }
}
