using System.Globalization;
using System.Text;

namespace Countersign.Bench.Plots;

/// <summary>The parts that our plots share. A plot names its colours by classes, and has a set for the reader's light and one for the dark background.</summary>
static class Svg
{
    /// <summary>Colours and sizes of titles, texts, axes, and of the stores: sqlite, postgres and redis.</summary>
    const string Style = """
          <style>
            .bg { fill: #ffffff } .grid { stroke: #d8dee4; stroke-width: 1 } .axis { stroke: #8c959f; stroke-width: 1 }
            .h { fill: #1f2328; font-size: 15px; font-weight: 600 } .s { fill: #59636e; font-size: 12px } .k { font-size: 13px; font-weight: 600 } .v { font-size: 11px; font-weight: 600 }
            .l { fill: none; stroke-width: 2.2; stroke-linejoin: round } .goal { stroke: #1f2328; stroke-width: 1.4; stroke-dasharray: 5 3; fill: none }
            .sqlite { fill: #0f766e } .postgres { fill: #3b6fb6 } .redis { fill: #c2410c } .l.sqlite { stroke: #0f766e; fill: none } .l.postgres { stroke: #3b6fb6; fill: none } .l.redis { stroke: #c2410c; fill: none }
            @media (prefers-color-scheme: dark) {
              .bg { fill: #0d1117 } .grid { stroke: #21262d } .axis { stroke: #6e7681 } .h { fill: #e6edf3 } .s { fill: #9198a1 } .goal { stroke: #e6edf3 }
              .sqlite { fill: #2dd4bf } .postgres { fill: #79b8ff } .redis { fill: #fb923c } .l.sqlite { stroke: #2dd4bf } .l.postgres { stroke: #79b8ff } .l.redis { stroke: #fb923c }
            }
          </style>

        """;

    /// <summary>Begins a picture that is as wide as the others, with what it shows in words for those who do not see it.</summary>
    public static StringBuilder Begin(int height, string title, string description) => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1060 {{height}}" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">
              <title id="title">{{title}}</title>
              <desc id="desc">{{description}}</desc>

            """)
        .Append(Style)
        .Append(CultureInfo.InvariantCulture, $"  <rect class=\"bg\" width=\"1060\" height=\"{height}\" rx=\"8\"/>\n");

    public static string End(StringBuilder svg) => svg.Append("</svg>\n").ToString();

    public static void Text(StringBuilder svg, string name, double x, double y, string text, string anchor = "start") =>
        svg.Append(CultureInfo.InvariantCulture, $"  <text class=\"{name}\" x=\"{N(x)}\" y=\"{N(y)}\"{(anchor == "start" ? "" : $" text-anchor=\"{anchor}\"")}>{text}</text>\n");

    /// <summary>A line across, with its value at the left.</summary>
    public static void Row(StringBuilder svg, double left, double right, double y, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"  <path class=\"grid\" d=\"M{N(left)} {N(y)}H{N(right)}\"/><text class=\"s\" x=\"{N(left - 8)}\" y=\"{N(y + 4)}\" text-anchor=\"end\">{text}</text>\n");

    /// <summary>A mark of the axis at the foot, with its value below.</summary>
    public static void Tick(StringBuilder svg, double x, double y, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"  <path class=\"axis\" d=\"M{N(x)} {N(y)}v5\"/><text class=\"s\" x=\"{N(x)}\" y=\"{N(y + 20)}\" text-anchor=\"middle\">{text}</text>\n");

    public static void Path(StringBuilder svg, string name, IEnumerable<(double X, double Y)> points) =>
        svg.Append(CultureInfo.InvariantCulture, $"  <path class=\"{name}\" d=\"M{string.Join('L', points.Select(static point => $"{N(point.X)} {N(point.Y)}"))}\"/>\n");

    public static void Bar(StringBuilder svg, string name, double x, double y, double width, double height) =>
        svg.Append(CultureInfo.InvariantCulture, $"  <rect class=\"{name}\" x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"2\"/>\n");

    public static void Dot(StringBuilder svg, string name, double x, double y, double radius) =>
        svg.Append(CultureInfo.InvariantCulture, $"  <circle class=\"{name}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"/>\n");

    /// <summary>The stores' names in their colours, side by side.</summary>
    public static void Legend(StringBuilder svg, double x, double y, IEnumerable<string> stores)
    {
        foreach (var store in stores)
        {
            Bar(svg, store, x, y - 10, 12, 12);
            Text(svg, $"k {store}", x + 18, y, NameOf(store));
            x += 40 + (NameOf(store).Length * 8.2);
        }
    }

    public static string NameOf(string store) => store switch
    {
        "sqlite" => "SQLite",
        "postgres" => "PostgreSQL",
        _ => "Redis Cluster",
    };

    public static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
