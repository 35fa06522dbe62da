using System.Globalization;
using static Countersign.Bench.Plots.Svg;

namespace Countersign.Bench.Guard;

/// <summary>The plot of docs/guard-fraud.md: pumped messages that still went out since each attack began, a line a town, and the share of each attack that was stopped.</summary>
static class GuardPlot
{
    const double Left = 64, Right = 1024, Top = 76, Bottom = 330, LowTop = 420, RowHeight = 34, Hours = 8, Most = 400;

    public static string Svg(GuardResult result)
    {
        var kinds = Enum.GetValues<AttackKind>();
        var svg = Begin(
            (int)(LowTop + (kinds.Length * RowHeight) + 40),
            "Fraud Guard against seven kinds of attack",
            "Above, how many pumped messages went out since a sequential and a scattered attack began: the lines rise at first and then stay almost level. Below, the share of each kind of attack that was stopped, mean and worst town.");
        double X(double hours) => Left + ((Right - Left) * hours / Hours);
        double Y(double sent) => Bottom - ((Bottom - Top) * Math.Min(sent, Most) / Most);

        Text(svg, "h", Left, 32, "Pumped messages that went out since the attack began");
        Text(svg, "s", Right, 32, $"each line is one of {result.Seeds} simulated towns", "end");
        for (var sent = 0; sent <= Most; sent += 100)
            Row(svg, Left, Right, Y(sent), sent.ToString(CultureInfo.InvariantCulture));
        for (var hour = 0; hour <= Hours; hour++)
            Tick(svg, X(hour), Bottom, $"{hour} h");
        Lines("redis", AttackKind.Scattered);
        Lines("sqlite", AttackKind.Sequential);
        Text(svg, "k sqlite", Left, 56, GuardReport.Name(AttackKind.Sequential));
        Text(svg, "k redis", Left + 170, 56, GuardReport.Name(AttackKind.Scattered));

        Text(svg, "h", Left, LowTop - 24, "Share of pumped messages stopped");
        Text(svg, "s", Right, LowTop - 24, "bar: all towns together; dot: the worst town; dashes: the target of 95 %", "end");
        const double barLeft = 240;
        double W(double share) => barLeft + ((Right - 60 - barLeft) * share);
        for (var i = 0; i < kinds.Length; i++)
        {
            var runs = result.Of(kinds[i]);
            var share = runs.Sum(static run => run.Stopped) / (double)runs.Sum(static run => run.Pumped);
            var y = LowTop + (i * RowHeight);
            Text(svg, "s", barLeft - 10, y + 14, GuardReport.Name(kinds[i]), "end");
            Bar(svg, "sqlite", barLeft, y, W(share) - barLeft, 18);
            Dot(svg, "redis", W(runs.Min(static run => run.StoppedShare)), y + 9, 5);
            Text(svg, "s", Right, y + 14, share.ToString("0.0 %", CultureInfo.InvariantCulture), "end");
        }

        Path(svg, "goal", [(W(0.95), LowTop - 8), (W(0.95), LowTop + (kinds.Length * RowHeight))]);
        return End(svg);

        void Lines(string name, AttackKind kind)
        {
            foreach (var run in result.Of(kind))
                Path(svg, $"l {name}", run.Slices.Select(static (sent, slice) => (Hour: slice * GuardOutcome.SliceSeconds / 3600, Sent: sent)).Where(static point => point.Hour <= Hours).Select(point => (X(point.Hour), Y(point.Sent))));
        }
    }
}
