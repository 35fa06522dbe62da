using Countersign.Core.Delivery;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Delivery;

public sealed class FewASecondTests
{
    [Fact]
    public void Twenty_are_said_and_the_next_second_tells_of_the_others()
    {
        var time = new FakeTimeProvider();
        var lines = new FewASecond(time);

        var said = Enumerable.Range(0, 100).Count(_ => lines.May(out var untold) && untold == 0);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(20, said);
        Assert.True(lines.May(out var before));
        Assert.Equal(80, before);
        Assert.True(lines.May(out var none));
        Assert.Equal(0, none);
    }
}
