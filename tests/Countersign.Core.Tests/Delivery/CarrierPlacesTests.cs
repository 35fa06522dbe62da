using Countersign.Core.Delivery;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Delivery;

public sealed class CarrierPlacesTests
{
    readonly CarrierPlaces _places = new(1);

    [Fact]
    public async Task A_place_goes_to_whoever_waits_since_longest_also_where_that_one_came_back_last()
    {
        Assert.True(_places.TryEnter());
        var second = EnterAsync(2);
        var third = EnterAsync(3);
        var otherThird = EnterAsync(3);
        var first = EnterAsync(1);

        foreach (var next in (Task<bool>[])[first, second, third, otherThird])
        {
            Assert.False(next.IsCompleted);
            _places.Leave();
            Assert.True(await next);
            Assert.False(_places.TryEnter());
        }

        _places.Leave();
        Assert.True(_places.TryEnter());
    }

    [Fact]
    public async Task Who_gave_up_gets_none_and_takes_none_from_those_behind()
    {
        using var patience = new CancellationTokenSource();
        Assert.True(_places.TryEnter());
        var gaveUp = EnterAsync(1, patience.Token);
        var next = EnterAsync(2);

        await patience.CancelAsync();
        Assert.False(await gaveUp);
        _places.Leave();

        Assert.True(await next);
        Assert.False(await EnterAsync(1, patience.Token));
    }

    Task<bool> EnterAsync(int second, CancellationToken ct = default) => _places.EnterAsync(Desk.Opening.AddSeconds(second), ct);
}
