using Countersign.Core.Guard.Sharing;
using Countersign.Core.Guard.Windows;
using Countersign.Core.Services;

namespace Countersign.Core.Guard.Limits;

/// <summary>How often a verification may be read, over all nodes, since an application that waits for a status by asking again and again is better told it by a check or an event.</summary>
public sealed class FetchLimits(SlidingWindows windows, SharedCounts shared)
{
    /// <summary>Counts one reading; refused when there were too many.</summary>
    public GuardRefusal? Judge(VerifyService service, Sid verification, DateTimeOffset now)
    {
        var limits = service.Guard.Limits;
        Span<WindowRule> rules = stackalloc WindowRule[3];
        Span<LimitKind> kinds = stackalloc LimitKind[3];
        var count = 0;
        foreach (var (kind, max, minutes) in (ReadOnlySpan<(LimitKind, int, int)>)
            [(LimitKind.FetchMinute, limits.FetchesPerMinute, 1), (LimitKind.FetchHour, limits.FetchesPerHour, 60), (LimitKind.FetchDay, limits.FetchesPerDay, 24 * 60)])
        {
            if (max > 0)
            {
                (rules[count], kinds[count++]) = (new WindowRule(LimitKeys.Of(verification.Value, kind), max, TimeSpan.FromMinutes(minutes)), kind);
            }
        }

        if (!windows.TryTake(rules[..count], now, out var refusing, out var retryIn))
        {
            return LimitRefusals.Of(kinds[refusing], rules[refusing], retryIn);
        }

        shared.Counted(rules[..count], now);
        return null;
    }
}
