using Countersign.Core.Guard.Fraud;
using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Guard.Fraud;

public sealed class CountryPriorsTests
{
    [Fact]
    public void Every_row_is_a_country_that_has_numbers() =>
        Assert.All(CountryPriors.Listed, static country => Assert.True(country == "ZZ" || Countries.Contains(country), country));

    [Fact]
    public void Prices_are_those_of_text_messages() =>
        Assert.All(CountryPriors.Listed, static country => Assert.InRange(CountryPriors.Of(country).PriceMicros, 5_000, 500_000));

    [Fact]
    public void A_country_without_a_row_is_middling() => Assert.Equal(1.8f, CountryPriors.Of("AQ").Risk);
}
