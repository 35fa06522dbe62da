using Countersign.Core.Channels;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>Which of an account's attempts are asked for. What is null is not asked for.</summary>
public sealed record AttemptFilter
{
    /// <summary>How far back the resource goes at most.</summary>
    const int ReachDays = 30;

    public required Sid Account { get; init; }

    /// <summary>Asked for at this moment or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Asked for before this moment.</summary>
    public DateTimeOffset? To { get; init; }

    public Sid? Service { get; init; }

    public Sid? Verification { get; init; }

    public string? Country { get; init; }

    public Channel? Channel { get; init; }

    public Destination? Destination { get; init; }

    /// <summary>How the destination's number begins, in E.164 with its plus sign.</summary>
    public string? Prefix { get; init; }

    public bool? IsConverted { get; init; }

    /// <summary>How far back attempts are kept where that is less: what is gone is in no sum either, although the counters outlive it.</summary>
    public TimeSpan Reach { get; init; } = TimeSpan.FromDays(ReachDays);

    /// <summary>The same, no further back than attempts are kept.</summary>
    public AttemptFilter KeptBy(RetentionOptions retention) =>
        retention.HistoryDays is > 0 and < ReachDays and var days ? this with { Reach = TimeSpan.FromDays(days) } : this;

    /// <summary>
    /// The first moment that belongs: what was asked for, but no more than 30 days ago, or as long as attempts are kept. That end lies on a full hour, so that a summary of everything is made of whole hours,
    /// and agrees with the list.
    /// </summary>
    public DateTimeOffset FirstMoment(DateTimeOffset now)
    {
        var floor = RollupKey.MomentOf(RollupKey.HourOf(now - Reach) + 1);
        return From is { } from && from > floor ? from : floor;
    }

    /// <summary>What of this a store can tell by itself.</summary>
    public AttemptScan Scan(DateTimeOffset now, int size) => new()
    {
        Account = Account,
        From = FirstMoment(now),
        To = To,
        Service = Service,
        Verification = Verification,
        Country = Country,
        Channel = Channel,
        Size = size,
    };
}
