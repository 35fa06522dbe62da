using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;

namespace Countersign.Core.Guard.Limits;

/// <summary>
/// How often an account may call a resource, over all nodes: at most so many calls in any interval. <paramref name="kind"/> keeps its windows apart from those of other limits.
/// </summary>
public sealed class CallLimit(SlidingWindows windows, SharedCounts shared, LimitKind kind, int max, TimeSpan interval, TimeProvider time)
{
    /// <summary>Counts one call; refused when there were too many.</summary>
    public GuardRefusal? Judge(Sid account)
    {
        var rule = new WindowRule(LimitKeys.Of(account.Value, kind), max, interval);
        var now = time.GetUtcNow();
        if (!windows.TryTake([rule], now, out _, out var retryIn))
        {
            return LimitRefusals.Of(kind, rule, retryIn);
        }

        shared.Counted([rule], now);
        return null;
    }
}
