using Countersign.Core.Events;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Events;

public sealed class ReceiverHealthTests
{
    static readonly DateTimeOffset Now = Desk.Opening;

    readonly ReceiverHealth _health = new();

    [Fact]
    public void One_that_fails_is_left_alone_for_a_while()
    {
        Fail(3, Now);

        Assert.Equal((0, Now.AddSeconds(1)), (_health.Free(Now), _health.PausedUntil(Now)));
        Assert.Equal(0, _health.Free(Now.AddMilliseconds(-5)));
        Assert.Equal((1, null), (_health.Free(Now.AddSeconds(1)), _health.PausedUntil(Now.AddSeconds(1))));
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_make_a_pause_longer_than_any_lasts()
    {
        Fail(20, Now.AddHours(1));

        Assert.Equal((1, null), (_health.Free(Now), _health.PausedUntil(Now)));
    }

    void Fail(int times, DateTimeOffset at)
    {
        for (var i = 0; i < times; i++)
        {
            _health.Begin();
            _health.End(taken: false, at);
        }
    }
}
