using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>What routes learned, as plain numbers and texts. Holds no personal data: the prefixes are of four or five digits.</summary>
public sealed record RouteScoreSnapshot
{
    /// <summary>The newest moment that was seen.</summary>
    public DateTimeOffset TakenAt { get; init; }

    public IReadOnlyList<RouteCellSnapshot> Cells { get; init; } = [];

    internal static RouteScoreSnapshot Of(IEnumerable<RouteCell> cells, DateTimeOffset at) => new()
    {
        TakenAt = at,
        Cells = [.. cells.Where(static cell => cell.Counts.Total + cell.Signs.Total > 0).Select(RouteCellSnapshot.Of)],
    };

    /// <summary>The cells, of now at the latest: one of a clock that ran ahead would learn nothing until it is caught up with.</summary>
    internal IEnumerable<RouteCell> ToCells(DateTimeOffset now) => (Cells ?? []).Select(cell => cell?.ToCell(now)).OfType<RouteCell>();
}

/// <summary>One cell of a <see cref="RouteScoreSnapshot"/>.</summary>
public sealed record RouteCellSnapshot
{
    /// <summary>The account's SID.</summary>
    public string Account { get; init; } = "";

    public string Carrier { get; init; } = "";

    public Channel Channel { get; init; }

    /// <summary>Empty for all countries together.</summary>
    public string Country { get; init; } = "";

    /// <summary>Empty for the whole country.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>It is about resends.</summary>
    public bool OfResends { get; init; }

    /// <summary>When the counts weighed what they say.</summary>
    public DateTimeOffset At { get; init; }

    public double Converted { get; init; }

    public double NotConverted { get; init; }

    public double Signs { get; init; }

    public double NoSigns { get; init; }

    /// <summary>How many codes came by each age; empty for a prefix.</summary>
    public IReadOnlyList<double> CodeTimes { get; init; } = [];

    /// <summary>How many first signs, code or receipt, came by each age; empty for a prefix.</summary>
    public IReadOnlyList<double> SignTimes { get; init; } = [];

    internal static RouteCellSnapshot Of(RouteCell cell) => new()
    {
        Account = cell.Key.Carrier.Account.ToString(),
        Carrier = cell.Key.Carrier.Name,
        Channel = cell.Key.Channel,
        Country = cell.Key.Country,
        Prefix = cell.Key.Prefix,
        OfResends = cell.Key.OfResends,
        At = cell.At,
        Converted = cell.Counts.Hits,
        NotConverted = cell.Counts.Misses,
        Signs = cell.Signs.Hits,
        NoSigns = cell.Signs.Misses,
        CodeTimes = cell.Key.Prefix.Length == 0 ? [.. cell.CodeTimes.Counts] : [],
        SignTimes = cell.Key.Prefix.Length == 0 ? [.. cell.SignTimes.Counts] : [],
    };

    /// <summary>Null where it holds what no cell can hold.</summary>
    internal RouteCell? ToCell(DateTimeOffset now)
    {
        double[] counts = [Converted, NotConverted, Signs, NoSigns];
        if (!Sid.TryParse(Account, "AC", out var account) || Carrier is null || Country is null || Prefix is null || !Array.TrueForAll(counts, static count => double.IsFinite(count) && count >= 0))
            return null;

        var key = new RouteCellKey(new CarrierKey(account, Carrier), Channel, Country, Prefix, OfResends);
        var cell = RouteCell.Restored(key, new BetaCounts(Converted, NotConverted), new BetaCounts(Signs, NoSigns), At < now ? At : now);
        cell.CodeTimes = WaitingTimes.From(CodeTimes) ?? cell.CodeTimes;
        cell.SignTimes = WaitingTimes.From(SignTimes) ?? cell.SignTimes;
        return cell;
    }
}
