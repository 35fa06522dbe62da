using System.Globalization;
using Countersign.Bench.Hot;

namespace Countersign.Bench.Retention;

/// <summary>What the command line asks for.</summary>
sealed record RetentionBenchOptions(IReadOnlyList<string> Stores, int Rows, int Days, int Seconds, int Rate)
{
    public const string Help =
        """
        usage: ./bench.sh retention [options]

        Fills a store with old verifications and attempts, then starts verifications at a steady rate, in turns without and
        with a retention pass beside them, and compares how long the slowest waited. Over the store itself, without HTTP.
        On PostgreSQL the pass drops whole days; heads of destinations, challenges of factors, entities of a service that is
        gone, and access tokens go row by row. On Redis that is the PostgreSQL beside it.

          --stores LIST  of sqlite, postgres and redis (sqlite)
          --rows N       old verifications, and as many attempts (2000000)
          --days N       that the rows are spread over on PostgreSQL, 1 to 200 (10)
          --seconds N    of one turn; there are four (20)
          --rate N       starts a second; 0 for half of what the store does at full speed (0)
        """;

    public static RetentionBenchOptions Parse(string[] args)
    {
        var options = new RetentionBenchOptions(["sqlite"], 2_000_000, 10, 20, 0);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (args[i] == "--stores" && i + 1 < args.Length)
            {
                options = options with { Stores = HotOptions.StoresOf(args[i + 1]) };
                continue;
            }

            if (i + 1 >= args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new UsageException($"{args[i]} is no option, or its value makes no sense.");
            options = args[i] switch
            {
                "--rows" => options with { Rows = value },
                "--days" when value is >= 1 and <= 200 => options with { Days = value },
                "--seconds" when value > 0 => options with { Seconds = value },
                "--rate" => options with { Rate = value },
                var other => throw new UsageException($"{other} is no option, or its value makes no sense."),
            };
        }

        return options;
    }
}
