using Countersign.Bench.Hot;

namespace Countersign.Bench.History;

/// <summary>How the influence of what is in the store already is measured.</summary>
sealed record HistoryOptions
{
    public const string Help = """
        usage: ./bench.sh history [options]

        Does a store that is full slow the hot path? Two servers, each on a store of its own: one is empty, the other is first filled with verifications and
        their attempts, over the last ten days, copied from real ones by SQL. Then start and check, in rounds, on the one and on the other in turn.

        options
          --rows 10000000          verifications to fill in: 1,000 to 100,000,000; some 800 bytes of disk each
          --stores sqlite          sqlite, postgres, redis (whose history is in a PostgreSQL); one after another
          --seconds 6              of each phase, 1 to 60
          --rounds 5               1 to 20; the ratio is the median of the rounds' own
          --connections 256

        the last lines:  history STORE start N.NN check N.NN      throughput on the full store, as a share of that on the empty one; target: 0.80 or more
        exit code: 0 measured; 1 the server gave a wrong answer or none; 2 wrong usage, or a store's program is not installed; 130 interrupted
        """;

    public IReadOnlyList<string> Stores { get; private init; } = ["sqlite"];

    public int Rows { get; private init; } = 10_000_000;

    public int Seconds { get; private init; } = 6;

    public int Rounds { get; private init; } = 5;

    public int Connections { get; private init; } = 256;

    /// <exception cref="UsageException">An option that there is not, or a value that cannot be.</exception>
    public static HistoryOptions Parse(string[] args)
    {
        var options = new HistoryOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new UsageException($"{args[i]} needs a value, or is no option.");
            options = args[i] switch
            {
                "--rows" => options with { Rows = HotOptions.Number(value, 1000, 100_000_000) },
                "--stores" => options with { Stores = HotOptions.StoresOf(value) },
                "--seconds" => options with { Seconds = HotOptions.Number(value, 1, 60) },
                "--rounds" => options with { Rounds = HotOptions.Number(value, 1, 20) },
                "--connections" => options with { Connections = HotOptions.Number(value, 1, 4096) },
                _ => throw new UsageException($"There is no option {args[i]}."),
            };
        }

        return options;
    }
}
