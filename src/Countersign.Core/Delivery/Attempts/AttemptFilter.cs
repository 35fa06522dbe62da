using Countersign.Core.Channels;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>Which of an account's attempts are asked for. What is null is not asked for.</summary>
public sealed record AttemptFilter
{
    /// <summary>How far back the resource goes.</summary>
    public static readonly TimeSpan Reach = TimeSpan.FromDays(30);

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

    /// <summary>
    /// The first moment that belongs: what was asked for, but no more than 30 days ago. That end lies on a full hour, so that a summary of everything is made of whole hours,
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
