using System.Globalization;
using Countersign.Bench.Plots;

namespace Countersign.Bench.Hot;

/// <summary>How long answers take at half of the peak load: a line for each store and kind, from the median to the 99.9th percentile.</summary>
static class LatencyPlot
{
    const double Left = 230, Right = 1000, Top = 92, RowHeight = 44, TargetMilliseconds = 15;

    public static string Draw(HotResult result)
    {
        var rows = result.Stores.SelectMany(store => store.HalfLoad).ToList();
        var bottom = Top + (RowHeight * rows.Count);
        var svg = Svg.Begin(
            (int)bottom + 56,
            "Latency at half of the peak load",
            "For each store, start and check: the time from when a request was due to its answer, for half of all, for 99 percent and for 99.9 percent, on a logarithmic scale; the target is 15 ms for 99 percent.");
        Svg.Text(svg, "h", 36, 34, "Time to the answer at half of the peak load, from when the request was due");
        Svg.Text(svg, "s", 36, 56, "dots, from the left: half of all answers, 99 %, 99.9 %");

        // Whole decades that hold all of it and the target.
        var lowest = Math.Floor(Math.Log10(Math.Clamp(rows.Select(row => row.P50).DefaultIfEmpty(1).Min(), 0.01, TargetMilliseconds)));
        var highest = Math.Ceiling(Math.Log10(Math.Max(TargetMilliseconds, rows.Select(row => row.P999).DefaultIfEmpty(1).Max())));
        double X(double milliseconds) => Left + ((Right - Left) * (Math.Log10(Math.Max(milliseconds, 0.001)) - lowest) / (highest - lowest));
        for (var decade = lowest; decade <= highest; decade++)
        {
            var x = X(Math.Pow(10, decade));
            Svg.Path(svg, "grid", [(x, Top), (x, bottom)]);
            Svg.Tick(svg, x, bottom, Show(Math.Pow(10, decade)) + " ms");
        }

        Svg.Path(svg, "goal", [(X(TargetMilliseconds), Top - 8), (X(TargetMilliseconds), bottom)]);
        Svg.Text(svg, "s", X(TargetMilliseconds), Top - 14, "target for 99 %: 15 ms", "middle");
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, y) = (rows[i], Top + (RowHeight * (i + 0.5)));
            Svg.Text(svg, $"k {row.Store}", 36, y, $"{Svg.NameOf(row.Store)}, {row.Kind}");
            Svg.Text(svg, "s", 36, y + 15, $"{row.PerSecond.ToString("#,0", CultureInfo.InvariantCulture)} requests a second");
            Svg.Path(svg, $"l {row.Store}", [(X(row.P50), y), (X(row.P999), y)]);
            foreach (var (value, radius) in new[] { (row.P50, 4.5), (row.P99, 6.5), (row.P999, 4.5) })
            {
                Svg.Dot(svg, row.Store, X(value), y, radius);
            }

            Svg.Text(svg, $"v {row.Store}", X(row.P99), y - 10, $"{Show(row.P99)}", "middle");
        }

        return Svg.End(svg);
    }

    static string Show(double milliseconds) => milliseconds.ToString(milliseconds < 10 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
