using System.Globalization;
using System.Text;
using static Countersign.Bench.Plots.Svg;

namespace Countersign.Bench.Routing;

/// <summary>The plot of docs/routing.md: conversions over two days, and what the dark carrier swallowed. Follows the reader's light or dark background.</summary>
static class RoutingPlot
{
    const double Left = 64, Right = 1024, Top = 100, Bottom = 344, LowTop = 448, LowBottom = 640, MostLost = 60;

    // Policies that are drawn, by their place in the table: the best last, so that it lies on top.
    static readonly (int Policy, string Class)[] Drawn = [(5, "r"), (4, "f"), (0, "o"), (1, "a")];

    public static string Svg(RoutingResult result)
    {
        var svg = new StringBuilder();
        var seeds = result.Dark.Length;
        svg.Append(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1060 700" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">
              <title id="title">Adaptive routing against an oracle, fixed priority and round-robin</title>
              <desc id="desc">Above, the share of verifications whose code was typed back, over two days: adaptive stays close to the oracle, through a carrier that refuses and one that goes dark, where fixed priority and round-robin fall. Below, how many messages the dark carrier swallowed: adaptive stops within half a minute, and only single probes follow.</desc>
              <style>
                .bg { fill: #ffffff } .grid { stroke: #d8dee4; stroke-width: 1 } .axis { stroke: #8c959f; stroke-width: 1 }
                .out { fill: #f6e3dc } .h { fill: #1f2328; font-size: 15px; font-weight: 600 } .s { fill: #59636e; font-size: 12px } .w { fill: #9a3412; font-size: 12px; font-weight: 600 }
                .l { fill: none; stroke-width: 2; stroke-linejoin: round } .k { font-size: 13px; font-weight: 600 }
                .a { stroke: #0f766e; stroke-width: 2.6 } .o { stroke: #6e7781; stroke-dasharray: 2 4; stroke-width: 2.4; stroke-linecap: round } .f { stroke: #c2410c } .r { stroke: #7c5cc4 }
                .ta { fill: #0f766e } .to { fill: #59636e } .tf { fill: #c2410c } .tr { fill: #6d4bb8 } .thin { stroke-width: 1.4; opacity: .75 } .goal { stroke: #59636e; stroke-width: 1; stroke-dasharray: 6 4 }
                @media (prefers-color-scheme: dark) {
                  .bg { fill: #0d1117 } .grid { stroke: #21262d } .axis { stroke: #6e7681 } .out { fill: #2d1a14 }
                  .h { fill: #e6edf3 } .s { fill: #9198a1 } .w { fill: #fb923c }
                  .a { stroke: #2dd4bf } .o { stroke: #9198a1 } .f { stroke: #fb923c } .r { stroke: #b39ddb }
                  .ta { fill: #2dd4bf } .to { fill: #9198a1 } .tf { fill: #fb923c } .tr { fill: #b39ddb } .goal { stroke: #9198a1 }
                }
              </style>
              <rect class="bg" width="1060" height="700" rx="8"/>
              <text class="h" x="{{N(Left)}}" y="32">Codes typed back, of the verifications started in each half hour</text>
              <text class="s" x="{{N(Right)}}" y="32" text-anchor="end">mean of {{seeds}} simulated worlds, about one verification a second</text>

            """);
        Above(svg, result);
        Below(svg, result);
        return svg.Append("</svg>\n").ToString();
    }

    static void Above(StringBuilder svg, RoutingResult result)
    {
        var lines = Drawn.Select(drawn => Slices(result.Outcomes[drawn.Policy])).ToArray();
        var lowest = Math.Floor(lines.Min(static line => line.Min()) * 10) / 10;
        double X(double hours) => Left + ((Right - Left) * hours / RoutingVerb.Hours);
        double Y(double share) => Bottom - ((Bottom - Top) * (share - lowest) / (1 - lowest));

        Band(svg, X(RoutingVerb.Times.RefusingFrom / 3600), X((RoutingVerb.Times.RefusingFrom + RoutingVerb.Times.Seconds) / 3600), "one carrier refuses");
        Band(svg, X(RoutingVerb.Times.DarkFrom / 3600), X((RoutingVerb.Times.DarkFrom + RoutingVerb.Times.Seconds) / 3600), "one carrier goes dark");
        for (var share = lowest; share < 1.0001; share += 0.1)
            Row(svg, Left, Right, Y(share), share.ToString("0 %", CultureInfo.InvariantCulture));
        for (var hour = 0; hour <= RoutingVerb.Hours; hour += 6)
            Tick(svg, X(hour), Bottom, $"{hour} h");
        for (var i = 0; i < Drawn.Length; i++)
            Path(svg, $"l {Drawn[i].Class}", lines[i].Select((share, slice) => (X((slice + 0.5) * Outcome.SliceSeconds / 3600), Y(share))));

        var x = Left;
        foreach (var (policy, name) in Drawn.Reverse())
        {
            svg.Append(CultureInfo.InvariantCulture, $"  <path class=\"l {name}\" d=\"M{N(x)} 58h26\"/><text class=\"k t{name}\" x=\"{N(x + 34)}\" y=\"63\">{result.Policies[policy]}</text>\n");
            x += 60 + (result.Policies[policy].Length * 8.2);
        }
    }

    static void Below(StringBuilder svg, RoutingResult result)
    {
        var minutes = RoutingVerb.Times.Seconds / 60;
        double X(double minute) => Left + ((Right - Left) * Math.Min(minute, minutes) / minutes);
        double Y(double lost) => LowBottom - ((LowBottom - LowTop) * Math.Min(lost, MostLost) / MostLost);

        svg.Append(CultureInfo.InvariantCulture, $"  <text class=\"h\" x=\"{N(Left)}\" y=\"404\">Messages that the dark carrier swallowed since its outage began</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <text class=\"s\" x=\"{N(Left)}\" y=\"424\">each line is one world; the steps are single probes, at growing intervals</text>\n");
        for (var lost = 0; lost <= MostLost; lost += 15)
            Row(svg, Left, Right, Y(lost), lost.ToString(CultureInfo.InvariantCulture));
        for (var minute = 0; minute <= minutes; minute += 10)
            Tick(svg, X(minute), LowBottom, $"{minute} min");
        svg.Append(CultureInfo.InvariantCulture, $"  <path class=\"goal\" d=\"M{N(Left)} {N(Y(30))}H{N(Right)}\"/><text class=\"s\" x=\"{N(Right)}\" y=\"{N(Y(30) - 6)}\" text-anchor=\"end\">target: at most 30</text>\n");
        foreach (var outcome in result.Outcomes[5])
            Steps(outcome, "r");
        foreach (var outcome in result.Outcomes[1])
            Steps(outcome, "a");
        svg.Append(CultureInfo.InvariantCulture, $"  <text class=\"k tr\" x=\"{N(X(5.2))}\" y=\"{N(LowTop + 14)}\">round-robin goes on to {result.Outcomes[5].Average(static outcome => outcome.Lost).ToString("#,0", CultureInfo.InvariantCulture)}, fixed priority to as many as {result.Outcomes[4].Max(static outcome => outcome.Lost).ToString("#,0", CultureInfo.InvariantCulture)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"  <text class=\"k ta\" x=\"{N(X(minutes) - 4)}\" y=\"{N(Y(6))}\" text-anchor=\"end\">adaptive</text>\n");

        void Steps(Outcome outcome, string name)
        {
            var points = new List<(double, double)> { (X(0), Y(0)) };
            for (var i = 0; i < outcome.LostAt.Count && i <= MostLost; i++)
            {
                var x = X((outcome.LostAt[i] - RoutingVerb.Times.DarkFrom) / 60);
                points.Add((x, Y(i)));
                points.Add((x, Y(i + 1)));
            }

            if (outcome.LostAt.Count <= MostLost)
                points.Add((X(minutes), Y(outcome.LostAt.Count)));
            Path(svg, $"l {name} thin", points);
        }
    }

    static double[] Slices(Outcome[] outcomes) =>
        [.. Enumerable.Range(0, (int)(RoutingVerb.Hours * 3600 / Outcome.SliceSeconds)).Select(slice => outcomes.Sum(outcome => outcome.SliceConversions[slice]) / outcomes.Sum(outcome => outcome.SlicePeople[slice]))];

    static void Band(StringBuilder svg, double from, double to, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"  <rect class=\"out\" x=\"{N(from)}\" y=\"{N(Top)}\" width=\"{N(to - from)}\" height=\"{N(Bottom - Top)}\"/><text class=\"w\" x=\"{N((from + to) / 2)}\" y=\"{N(Top - 6)}\" text-anchor=\"middle\">{text}</text>\n");
}
