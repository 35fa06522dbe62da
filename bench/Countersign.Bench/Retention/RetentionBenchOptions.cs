using System.Globalization;

namespace Countersign.Bench.Retention;

/// <summary>What the command line asks for.</summary>
sealed record RetentionBenchOptions(int Rows, int Seconds, int Rate)
{
    public const string Help =
        """
        usage: ./bench.sh retention [options]

        Fills a store with old verifications and attempts, then starts verifications at a steady rate, in turns without and
        with a retention pass beside them, and compares how long the slowest waited. Over the store itself, without HTTP.

          --rows N       old verifications, and as many attempts (2000000)
          --seconds N    of one turn; there are four (20)
          --rate N       starts a second; 0 for half of what the store does at full speed (0)
        """;

    public static RetentionBenchOptions Parse(string[] args)
    {
        var options = new RetentionBenchOptions(2_000_000, 20, 0);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 >= args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new UsageException($"{args[i]} is no option, or its value makes no sense.");
            options = args[i] switch
            {
                "--rows" => options with { Rows = value },
                "--seconds" when value > 0 => options with { Seconds = value },
                "--rate" => options with { Rate = value },
                var other => throw new UsageException($"{other} is no option, or its value makes no sense."),
            };
        }

        return options;
    }
}
