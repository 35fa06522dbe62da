using Countersign.Core.Channels;

namespace Countersign.Core.Routing;

/// <summary>All cells, and what they say together of a number: its prefix leans on its country, and that on the carrier. Bounded; not thread-safe.</summary>
sealed class RouteCells(RouteLearningOptions options)
{
    // Before anything was seen: seven of ten codes are typed back, which is worth two observations.
    static readonly BetaCounts Assumed = new(1.4, 0.6);

    readonly Dictionary<RouteCellKey, RouteCell> _cells = [];

    public int Count => _cells.Count;

    public IEnumerable<RouteCell> All => _cells.Values;

    /// <summary>The first digits of a number that have something to do with its network: four in North America (country and area), five elsewhere.</summary>
    public static string PrefixOf(string digits)
    {
        var length = digits.StartsWith('1') ? 4 : 5;
        return digits.Length > length ? digits[..length] : "";
    }

    /// <summary>The cells that a send belongs to: the carrier's, its country's, its prefix's, as far as they are known.</summary>
    public RouteCell[] Chain(CarrierKey carrier, Channel channel, string country, string digits, bool ofResends, DateTimeOffset now)
    {
        var prefix = ofResends ? "" : PrefixOf(digits);
        var everywhere = Get(new RouteCellKey(carrier, channel, "", "", ofResends), now);
        if (country.Length == 0)
            return [everywhere];

        var here = Get(new RouteCellKey(carrier, channel, country, "", ofResends), now);
        return prefix.Length == 0 ? [everywhere, here] : [everywhere, here, Get(new RouteCellKey(carrier, channel, country, prefix), now)];
    }

    /// <summary>
    /// Conversions and their lack, with what is assumed and borrowed: the parameters of the Beta distribution of the carrier's rate for this number.
    /// A send that still waits counts as a failure in so far as it should have converted by now.
    /// </summary>
    public BetaCounts Rate(CarrierKey carrier, Channel channel, string country, string prefix, DateTimeOffset now)
    {
        var rate = Assumed + Counts(carrier, channel, "", "", now);
        if (country.Length == 0)
            return rate;

        var here = Counts(carrier, channel, country, "", now);
        rate = here.Borrowing(rate - here, options.CountryBorrows);
        if (prefix.Length == 0)
            return rate;

        var near = Counts(carrier, channel, country, prefix, now);
        return near.Borrowing(rate - near, options.PrefixBorrows);
    }

    /// <summary>The same of what is settled alone: what is usual, which a silence that has just begun must not have changed.</summary>
    public BetaCounts UsualRate(ReadOnlySpan<RouteCell> chain, DateTimeOffset now) =>
        Usual(chain, now, static (cell, now, halfLife) => cell.CountsAt(now, halfLife));

    /// <summary>The usual rate of signs of life, which are codes and receipts.</summary>
    public BetaCounts UsualSigns(ReadOnlySpan<RouteCell> chain, DateTimeOffset now) =>
        Usual(chain, now, static (cell, now, halfLife) => cell.SignsAt(now, halfLife));

    public RouteCell? Find(RouteCellKey key) => _cells.GetValueOrDefault(key);

    public void Put(RouteCell cell) => _cells[cell.Key] = cell;

    public void Clear() => _cells.Clear();

    // A prefix says little of what is usual: its country does.
    BetaCounts Usual(ReadOnlySpan<RouteCell> chain, DateTimeOffset now, Func<RouteCell, DateTimeOffset, TimeSpan, BetaCounts> counts)
    {
        var usual = Assumed + counts(chain[0], now, options.HalfLife);
        if (chain.Length == 1)
            return usual;

        var here = counts(chain[1], now, options.HalfLife);
        return here.Borrowing(usual - here, options.CountryBorrows);
    }

    BetaCounts Counts(CarrierKey carrier, Channel channel, string country, string prefix, DateTimeOffset now) =>
        Find(new RouteCellKey(carrier, channel, country, prefix)) is { } cell
            ? cell.CountsAt(now, options.HalfLife) + new BetaCounts(0, cell.Overdue)
            : default;

    RouteCell Get(RouteCellKey key, DateTimeOffset now)
    {
        if (_cells.TryGetValue(key, out var cell))
            return cell;

        if (_cells.Count >= options.MaxCells)
            ForgetLeastUsed(now);
        _cells.Add(key, cell = new RouteCell(key));
        return cell;
    }

    // An eighth at once, so that a flood of new keys does not sort them all for each. A country weighs at least as much as each of its prefixes, and so outlives them.
    void ForgetLeastUsed(DateTimeOffset now)
    {
        var least = _cells.Values.OrderBy(cell => cell.CountsAt(now, options.HalfLife).Total + cell.Waiting).ThenByDescending(static cell => cell.Key.Prefix.Length).ThenBy(static cell => cell.At);
        foreach (var cell in least.Take(Math.Max(1, options.MaxCells / 8)).ToArray())
            _cells.Remove(cell.Key);
    }
}
