using System.Globalization;
using System.Text;
using Countersign.Bench.Plots;

namespace Countersign.Bench.Hot;

/// <summary>The throughput of start and check as a share of bare's, for each store and number of connections.</summary>
static class ThroughputPlot
{
    const double Top = 116, Bottom = 340, WidestBar = 60;

    public static string Draw(HotResult result)
    {
        var svg = Svg.Begin(
            380,
            "Start and check, as a share of a bare endpoint",
            "Bars for each store and number of connections: how many starts, and how many checks, the server answers in the time in which it answers one request to an endpoint that only reads the form and writes the JSON.");
        Svg.Text(svg, "h", 56, 34, "Requests per second, as a share of what a bare endpoint answers in the same server");
        Svg.Legend(svg, 56, 60, result.Stores.Select(store => store.Store));
        Svg.Path(svg, "goal", [(960, 56), (986, 56)]);
        Svg.Text(svg, "s", 992, 60, "target");
        var highest = Math.Max(0.6, Math.Ceiling(result.Stores.SelectMany(store => store.Connections.SelectMany(connections => StoreResult.Kinds.Skip(1).Select(kind => store.RatioToBare(kind, connections)))).Max() * 5) / 5);
        Panel(svg, result, "start", 56, 516, highest);
        Panel(svg, result, "check", 564, 1024, highest);
        return Svg.End(svg);
    }

    static void Panel(StringBuilder svg, HotResult result, string kind, double left, double right, double highest)
    {
        double Y(double share) => Bottom - ((Bottom - Top) * share / highest);
        for (var share = 0.0; share < highest + 0.001; share += 0.2)
        {
            Svg.Row(svg, left, right, Y(share), share.ToString("0.0", CultureInfo.InvariantCulture));
        }

        var counts = result.Stores.SelectMany(store => store.Connections).Distinct().Order().ToList();
        var group = (right - left) / counts.Count;
        var width = Math.Min(WidestBar, group * 0.84 / result.Stores.Count);
        for (var i = 0; i < counts.Count; i++)
        {
            var middle = left + (group * (i + 0.5));
            for (var j = 0; j < result.Stores.Count; j++)
            {
                if (!result.Stores[j].Connections.Contains(counts[i]))
                {
                    continue;
                }

                var (ratio, x) = (result.Stores[j].RatioToBare(kind, counts[i]), middle + ((j - (result.Stores.Count / 2.0)) * width));
                Svg.Bar(svg, result.Stores[j].Store, x + 1, Y(ratio), width - 2, Bottom - Y(ratio));
                var label = Y(ratio) - 4;
                if (Target.ShareOf(result.Stores[j].Store, kind, counts[i]) is { } wanted)
                {
                    // A target just above the bar would be struck through the number.
                    label = wanted > ratio && Y(ratio) - Y(wanted) < 18 ? Y(wanted) - 4 : label;
                    Svg.Path(svg, "goal", [(x, Y(wanted)), (x + width, Y(wanted))]);
                }

                Svg.Text(svg, $"v {result.Stores[j].Store}", x + (width / 2), label, ratio.ToString("0.00", CultureInfo.InvariantCulture), "middle");
            }

            Svg.Tick(svg, middle, Bottom, i > 0 ? $"{counts[i]}" : counts[i] == 1 ? "1 connection" : $"{counts[i]} connections");
        }

        Svg.Text(svg, "h", left, Top - 18, kind);
    }
}
