using System.Globalization;
using Countersign.Bench.Hot;
using Countersign.Bench.Plots;

namespace Countersign.Bench.Soak;

/// <summary>The memory that the server held over a long run, on each store.</summary>
static class MemoryPlot
{
    const double Left = 80, Right = 1024, Top = 88, Bottom = 340;

    public static string Draw(List<SoakResult> results)
    {
        var svg = Svg.Begin(
            400,
            "Memory of the server over a long run",
            "A line for each store: the memory that the server's process held, from the begin of a long run of starts and checks to its end.");
        Svg.Text(svg, "h", 56, 34, $"Memory of the server over {Show(results[0].Samples[^1].Operations)} starts and checks");
        Svg.Legend(svg, 56, 60, results.Select(result => result.Store));
        var (longest, most) = (results.Max(result => result.Samples[^1].Seconds), results.Max(result => result.Samples.Max(sample => HotReport.Megabytes(sample.Resident))));
        var step = Step(most / 4);
        var highest = Math.Ceiling(most / step) * step;
        double X(double seconds) => Left + ((Right - Left) * seconds / longest);
        double Y(double megabytes) => Bottom - ((Bottom - Top) * megabytes / highest);
        for (var megabytes = 0.0; megabytes <= highest; megabytes += step)
        {
            Svg.Row(svg, Left, Right, Y(megabytes), $"{Show(megabytes)} MB");
        }

        var (unit, name) = longest > 240 ? (60.0, "min") : (1.0, "s");
        var pause = Step(longest / unit / 8);
        for (var moment = 0.0; moment <= longest / unit; moment += pause)
        {
            Svg.Tick(svg, X(moment * unit), Bottom, $"{Show(moment)} {name}");
        }

        foreach (var result in results)
        {
            Svg.Path(svg, $"l {result.Store}", result.Samples.Select(sample => (X(sample.Seconds), Y(HotReport.Megabytes(sample.Resident)))));
        }

        return Svg.End(svg);
    }

    /// <summary>The next of 1, 2, 5, 10, 20 and so on.</summary>
    static double Step(double least)
    {
        var decade = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(least, 1))));
        return least <= decade ? decade : least <= 2 * decade ? 2 * decade : least <= 5 * decade ? 5 * decade : 10 * decade;
    }

    static string Show(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
