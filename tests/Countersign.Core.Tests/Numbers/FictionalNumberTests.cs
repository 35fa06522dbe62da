using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Numbers;

public sealed class FictionalNumberTests
{
    [Theory]
    [InlineData("+14155550100", "US")]
    [InlineData("+14155550199", "US")]
    [InlineData("+12425550100", "BS")]
    [InlineData("+12045550199", "CA")]
    [InlineData("+15555550100", "US")]
    [InlineData("+447700900000", "GB")]
    [InlineData("+447700900999", "GB")]
    [InlineData("+441134960000", "GB")]
    [InlineData("+441184960999", "GB")]
    [InlineData("+441514960123", "GB")]
    [InlineData("+441914980999", "GB")]
    [InlineData("+442079460000", "GB")]
    [InlineData("+442896496999", "GB")]
    [InlineData("+442920180000", "GB")]
    [InlineData("+441632960999", "GB")]
    [InlineData("+443069990000", "GB")]
    [InlineData("+448081570999", "GB")]
    [InlineData("+449098790000", "GB")]
    [InlineData("+33639980000", "FR")]
    [InlineData("+33639989999", "FR")]
    public void The_first_and_last_of_each_range_are_accepted(string text, string country)
    {
        var number = Some.Number(text);

        Assert.True(number.IsFictional);
        Assert.Equal(country, number.Country);
        Assert.Equal(text, number.Reveal());
    }

    [Theory]
    [InlineData("+14155550099")]
    [InlineData("+14155550200")]
    [InlineData("+15555550099")]
    [InlineData("+15555550200")]
    [InlineData("+12425550099")]
    [InlineData("+12425550200")]
    [InlineData("+11235550123")]
    [InlineData("+447700899999")]
    [InlineData("+447700901000")]
    [InlineData("+442079459999")]
    [InlineData("+442079461000")]
    [InlineData("+441134961000")]
    [InlineData("+441914960123")]
    [InlineData("+44207946000")]
    [InlineData("+33639979999")]
    [InlineData("+33639990000")]
    [InlineData("+1415555010")]
    [InlineData("+141555501000")]
    [InlineData("+44770090000")]
    [InlineData("+4477009000000")]
    [InlineData("+3363998000")]
    [InlineData("+336399800000")]
    public void Beyond_the_borders_nothing_is_fictional(string text)
    {
        Assert.True(!PhoneNumber.TryParse(text, out var number, out _) || !number.IsFictional);
    }

    [Theory]
    [InlineData("+18005550123")]
    [InlineData("+18885550123")]
    public void Toll_free_numbers_are_real(string text)
    {
        Assert.False(Some.Number(text).IsFictional);
        Assert.Equal(LineType.TollFree, Some.Number(text).Type);
    }

    [Fact]
    public void Every_area_code_has_its_hundred_numbers()
    {
        foreach (var area in new[] { "201", "212", "415", "501", "684", "787", "876", "907", "989" })
        {
            for (var line = 100; line <= 199; line++)
                Assert.True(Some.Number($"+1{area}5550{line}").IsFictional);
        }
    }
}
