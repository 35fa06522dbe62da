using Countersign.Core.Guard.Windows;

namespace Countersign.Core.Guard.Limits;

/// <summary>How often an account may call a resource: at most so many calls in any interval. <paramref name="kind"/> keeps its windows apart from those of other limits.</summary>
public sealed class CallLimit(SlidingWindows windows, LimitKind kind, int max, TimeSpan interval, TimeProvider time)
{
    /// <summary>Counts one call; refused when there were too many.</summary>
    public GuardRefusal? Judge(Sid account)
    {
        var rule = new WindowRule(LimitKeys.Of(account.Value, kind), max, interval);
        return windows.TryTake([rule], time.GetUtcNow(), out _, out var retryIn) ? null : LimitRefusals.Of(kind, rule, retryIn);
    }
}
