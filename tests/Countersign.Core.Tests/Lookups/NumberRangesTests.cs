using Countersign.Core.Lookups;
using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Lookups;

public sealed class NumberRangesTests
{
    static readonly NumberRange Wide = new("234", "15", "Wide", LineType.Unknown), Narrow = new("234", "20", "Narrow", LineType.Mobile);

    [Fact]
    public void The_longest_range_counts()
    {
        var ranges = new NumberRanges();
        Assert.True(ranges.TryAdd("+447700", Wide));
        Assert.True(ranges.TryAdd("4477009001", Narrow));

        Assert.Equal(2, ranges.Count);
        Assert.Equal(Narrow, ranges.Find(Number("+447700900123")));
        Assert.Equal(Wide, ranges.Find(Number("+447700900223")));
        Assert.Null(ranges.Find(Number("+14155550100")));
    }

    [Fact]
    public void A_whole_number_is_a_range_of_one()
    {
        var ranges = new NumberRanges();
        Assert.True(ranges.TryAdd("447700900123", Narrow));

        Assert.Equal(Narrow, ranges.Find(Number("+447700900123")));
        Assert.Null(ranges.Find(Number("+447700900124")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("4477x")]
    [InlineData("44 77")]
    [InlineData("1234567890123456")]
    [InlineData("447700")]
    public void What_is_no_prefix_or_there_already_is_not_added(string prefix)
    {
        var ranges = new NumberRanges();
        ranges.TryAdd("+447700", Wide);

        Assert.False(ranges.TryAdd(prefix, Narrow));
        Assert.Equal(1, ranges.Count);
        Assert.Equal(Wide, ranges.Find(Number("+447700900123")));
    }

    static PhoneNumber Number(string text)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number, out _));
        return number;
    }
}
