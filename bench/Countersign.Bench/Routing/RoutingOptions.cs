using System.Globalization;

namespace Countersign.Bench.Routing;

/// <summary>What the command line asks for.</summary>
sealed record RoutingOptions(int Seeds, string? Plot)
{
    public const string Help =
        """
        usage: ./bench.sh routing [options]

        Two simulated days: six carriers, ten countries, about one verification a second, rates that drift, one carrier
        that refuses for an hour and one that goes dark for an hour. Always gives the same result.

          --seeds N      worlds to simulate, 1 to 100 (8)
          --plot FILE    where the plot goes (docs/images/routing.svg of this repository)
          --no-plot      no plot
        """;

    public static RoutingOptions Parse(string[] args)
    {
        var options = new RoutingOptions(8, DefaultPlot());
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--seeds" when Value(i) is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) && seeds is >= 1 and <= 100 => options with { Seeds = seeds },
                "--plot" when Value(i) is { } path => options with { Plot = path },
                "--no-plot" => options with { Plot = null },
                var other => throw new UsageException($"{other} is no option, or its value makes no sense."),
            };
            i += args[i] is "--seeds" or "--plot" ? 1 : 0;
        }

        return options;

        string? Value(int index) => index + 1 < args.Length ? args[index + 1] : null;
    }

    // The folder above the build's output that holds the solution.
    static string? DefaultPlot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Countersign.slnx")))
                return Path.Combine(folder.FullName, "docs", "images", "routing.svg");
        }

        return null;
    }
}
