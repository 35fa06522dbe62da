using Countersign.Core.Channels;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Core.Insight;

/// <summary>
/// The rollup: what happened, by hour, service, country, channel, carrier and error. Other stores write it, in the same atomic step as what it counts
/// (<see cref="Rollup"/>), so it is never ahead of or behind them. It is what dashboards read.
/// </summary>
public interface IRollupStore
{
    /// <summary>The sums of an account's rows, grouped as asked for. Never another account's; empty where nothing was counted.</summary>
    Task<RollupPage> ReadAsync(RollupQuery query, CancellationToken ct);
}

/// <summary>Asks for sums over a time.</summary>
public sealed record RollupQuery
{
    public required Sid Account { get; init; }

    /// <summary>Only this service; null for all of the account's, deleted ones included.</summary>
    public Sid? Service { get; init; }

    /// <summary>The first moment; the hour that it is in counts whole.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first moment that no longer belongs; the hour that it is in counts whole, unless it is the hour's start.</summary>
    public required DateTimeOffset To { get; init; }

    public RollupGroups GroupBy { get; init; }

    /// <summary>Rows at most, 1 to <see cref="MaxRows"/>.</summary>
    public int Size { get; init; } = MaxRows;

    /// <summary>Rows of one answer at most.</summary>
    public const int MaxRows = 10_000;

    /// <summary>The first hour, and the first that no longer belongs.</summary>
    public (int From, int To) Hours => (RollupKey.HourOf(From), RollupKey.HourOf(To.AddMilliseconds(3_599_999)));
}

/// <summary>What rows are kept apart by, in this order, which is also the order of the rows. With none there is one row, of everything.</summary>
[Flags]
public enum RollupGroups
{
    None = 0,
    Hour = 1,

    /// <summary>UTC days. With <see cref="Hour"/> it means nothing.</summary>
    Day = 2,
    Service = 4,
    Country = 8,
    Channel = 16,
    Carrier = 32,
    Error = 64,
}

/// <summary>Rows in the order of their groups, each ascending: time, service, country, channel, carrier (both texts by their bytes), error.</summary>
/// <param name="Rows">The sums; none is of nothing.</param>
/// <param name="IsCut">There are more rows than were asked for.</param>
public sealed record RollupPage(IReadOnlyList<RollupRow> Rows, bool IsCut);

/// <summary>One sum. What it is not grouped by is null.</summary>
public sealed record RollupRow
{
    /// <summary>The start of the hour or day.</summary>
    public DateTimeOffset? At { get; init; }

    public Sid? Service { get; init; }

    public string? Country { get; init; }

    public Channel? Channel { get; init; }

    public string? Carrier { get; init; }

    /// <summary>Null also in the row of what has no error.</summary>
    public DeliveryError? Error { get; init; }

    public required RollupCounts Counts { get; init; }
}
