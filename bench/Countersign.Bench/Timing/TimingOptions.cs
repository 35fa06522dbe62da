using System.Globalization;

namespace Countersign.Bench.Timing;

/// <summary>What the command line asks for.</summary>
sealed record TimingOptions(int Samples, ulong Seed)
{
    public const string Help =
        """
        usage: ./bench.sh timing [options]

        Whether time tells what an answer does not: pairs of requests, and of calls, that must take equally long, asked in random order and
        compared by Welch's t-test as dudect does. |t| above 4.5 means that the two can be told apart. Each part has a control that leaks on
        purpose and must be found; if it is not, the others prove nothing and the exit code is 1. Takes about two minutes.

          --samples N    requests for each pair, 1,000 to 1,000,000 (16,000); calls are ten times as many
          --seed N       the seed of the order and of the codes (1)
        """;

    public static TimingOptions Parse(string[] args)
    {
        var options = new TimingOptions(16_000, 1);
        for (var i = 0; i < args.Length; i += 2)
        {
            var number = i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : -1;
            options = args[i] switch
            {
                "--samples" when number is >= 1000 and <= 1_000_000 => options with { Samples = number },
                "--seed" when number >= 0 => options with { Seed = (ulong)number },
                var other => throw new UsageException($"{other} is no option, or its value makes no sense."),
            };
        }

        return options;
    }
}
