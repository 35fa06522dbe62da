using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Tests.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Limits;

public sealed class CallLimitTests
{
    [Fact]
    public void An_account_calls_so_often_and_another_is_not_its_business()
    {
        var time = new FakeTimeProvider(Desk.Opening);
        var limit = new CallLimit(new SlidingWindows(), LimitKind.SafeListCalls, 30, TimeSpan.FromMinutes(1), time);
        var (one, other) = (Sid.NewRandom("AC", RandomSource.System), Sid.NewRandom("AC", RandomSource.System));
        for (var i = 0; i < 30; i++)
            Assert.Null(limit.Judge(one));

        var refused = limit.Judge(one);

        Assert.Equal((GuardRefusalKind.RateLimited, "call_limit", TimeSpan.FromMinutes(1)), (refused!.Kind, refused.Reason, refused.RetryIn));
        Assert.Null(limit.Judge(other));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(limit.Judge(one));
    }
}
