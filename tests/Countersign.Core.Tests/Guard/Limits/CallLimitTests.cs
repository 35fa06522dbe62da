using Countersign.Core.Guard;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Tests.Verifications;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Guard.Limits;

public sealed class CallLimitTests
{
    readonly FakeTimeProvider _time = new(Desk.Opening);

    [Fact]
    public void An_account_calls_so_often_over_all_nodes_and_another_is_not_its_business()
    {
        var nodes = CountingNode.Several(2, _time);
        CallLimit[] limits = [.. nodes.Select(node => new CallLimit(node.Windows, node.Shared, LimitKind.SafeListCalls, 30, TimeSpan.FromMinutes(1), _time))];
        var (one, other) = (Sid.NewRandom("AC", RandomSource.System), Sid.NewRandom("AC", RandomSource.System));
        for (var i = 0; i < 30; i++)
        {
            Assert.Null(limits[i % 2].Judge(one));
            nodes[i % 2].Tell();
        }

        foreach (var limit in limits)
        {
            var refused = limit.Judge(one);
            Assert.Equal((GuardRefusalKind.RateLimited, "call_limit", TimeSpan.FromMinutes(1)), (refused!.Kind, refused.Reason, refused.RetryIn));
            Assert.Null(limit.Judge(other));
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(limits[0].Judge(one));
    }

    [Fact]
    public void What_is_refused_is_told_to_nobody()
    {
        var nodes = CountingNode.Several(2, _time);
        CallLimit[] limits = [.. nodes.Select((node, i) => new CallLimit(node.Windows, node.Shared, LimitKind.SafeListCalls, 1 + i, TimeSpan.FromMinutes(1), _time))];
        var account = Sid.NewRandom("AC", RandomSource.System);
        Assert.Null(limits[0].Judge(account));
        for (var i = 0; i < 10; i++)
            Assert.NotNull(limits[0].Judge(account));

        nodes[0].Tell();

        Assert.Null(limits[1].Judge(account));
        Assert.NotNull(limits[1].Judge(account));
    }
}
