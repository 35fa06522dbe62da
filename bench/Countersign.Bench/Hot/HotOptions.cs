using System.Globalization;
using Countersign.Bench.Stores;

namespace Countersign.Bench.Hot;

/// <summary>How the hot path is measured.</summary>
sealed record HotOptions
{
    public const string Help = """
        usage: ./bench.sh hot [options]

        For each store: starts the server as a process of its own, with fresh data in temporary directories, and drives it over loopback from keep-alive connections
        with one request on its way on each. After a warm-up, in every round and for each number of connections:
          bare    reads the form and writes the JSON of a start, and does nothing else
          start   POST /v2/Services/{VA}/Verifications, each for a number of its own
          check   POST /v2/Services/{VA}/VerificationCheck, each of those verifications with its right code, until time or verifications run out
        Then start and check at half of the throughput that they had at the most connections: requests at fixed moments, latencies counted from those moments.
        Before all of it, on default settings: cold start to the first 201 on a fresh directory (median of 3), and memory after 3 idle seconds.

        stores
          sqlite     embedded in the server
          postgres   a PostgreSQL of its own: apt-get install postgresql
          redis      a Redis Cluster of its own, three masters and three replicas, beside a PostgreSQL: apt-get install postgresql redis-server

        columns: docs/performance.md#the-columns. fsyncs/req takes root, or CAP_PERFMON and a readable /sys/kernel/tracing; without, it is a dash

        options
          --all                    --stores sqlite,postgres,redis --connections 1,16,64,256; later options change it
          --stores sqlite          which, in this order
          --seconds 6              of each phase, 1 to 60
          --rounds 3               1 to 9; the table shows the round whose throughput is the median; rounds that
                                   other programs disturbed are left out, if any is left then
          --connections 64,256     the last lines of the output are for the largest
          --half 10                seconds of each phase at half load, 0 (none) to 60
          --json FILE              everything that was measured, round by round
          --markdown FILE          the tables, as in docs/performance.md
          --plot DIRECTORY         hot-throughput.svg and hot-latency.svg; hot-memory.svg of a soak
          --from FILE              measures nothing: reports what an earlier run wrote by --json

        instead of all that: a long run, to see whether memory stays flat
          --soak MINUTES           start and check, paired, for so long: 1 to 10,000; shorter than ten minutes says little, because codes live for two
          --operations 7200000     how many, evenly over the time; without --soak, as fast as the server can

        exit code: 0 measured; 1 the server gave a wrong answer or none; 2 wrong usage, or a store's program is not installed; 130 interrupted
        """;

    static readonly int[] AllConnections = [1, 16, 64, 256];

    public IReadOnlyList<string> Stores { get; private init; } = ["sqlite"];

    /// <summary>Seconds of each phase.</summary>
    public int Seconds { get; private init; } = 6;

    public int Rounds { get; private init; } = 3;

    public int[] Connections { get; private init; } = [64, 256];

    /// <summary>Seconds of each phase at half load; 0 for none.</summary>
    public int HalfSeconds { get; private init; } = 10;

    public string? JsonPath { get; private init; }

    /// <summary>An earlier run's, to report on again.</summary>
    public string? FromPath { get; private init; }

    public string? MarkdownPath { get; private init; }

    public string? PlotDirectory { get; private init; }

    /// <summary>Minutes of a long run; null for one that goes as fast as it can, or none.</summary>
    public int? SoakMinutes { get; private init; }

    /// <summary>Operations of a long run: what an hour at 2,000 a second makes.</summary>
    public long Operations { get; private init; } = 7_200_000;

    public bool IsSoak { get; private init; }

    public int MostConnections => Connections.Max();

    /// <summary>Messages that the virtual phones must hold for the codes of one phase, or of the warm-up, to be read: more than any can send.</summary>
    public int SandboxCapacity => Math.Min(1_000_000, Math.Max(Math.Max(Seconds, HalfSeconds), 12) * 40_000);

    /// <exception cref="UsageException">An option that there is not, or a value that cannot be.</exception>
    public static HotOptions Parse(string[] args)
    {
        var options = new HotOptions();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--all")
            {
                options = options with { Stores = StoreUnderTest.Names, Connections = AllConnections };
                continue;
            }

            var (name, value) = (args[i], ++i < args.Length ? args[i] : throw new UsageException($"{args[i - 1]} needs a value, or is no option."));
            options = name switch
            {
                "--stores" => options with { Stores = StoresOf(value) },
                "--seconds" => options with { Seconds = Number(value, 1, 60) },
                "--rounds" => options with { Rounds = Number(value, 1, 9) },
                "--connections" => options with { Connections = [.. value.Split(',').Select(part => Number(part, 1, 4096)).Distinct().Order()] },
                "--half" => options with { HalfSeconds = Number(value, 0, 60) },
                "--json" => options with { JsonPath = value },
                "--from" => options with { FromPath = File.Exists(value) ? value : throw new UsageException($"{value} is not there.") },
                "--markdown" => options with { MarkdownPath = value },
                "--plot" => options with { PlotDirectory = value },
                "--soak" => options with { IsSoak = true, SoakMinutes = Number(value, 1, 10_000) },
                "--operations" => options with { IsSoak = true, Operations = Number(value, 1000, 200_000_000) },
                _ => throw new UsageException($"There is no option {name}."),
            };
        }

        return options;
    }

    public static IReadOnlyList<string> StoresOf(string text)
    {
        var names = text.Split(',');
        return Array.Find(names, name => !StoreUnderTest.Names.Contains(name)) is { } unknown
            ? throw new UsageException($"There is no store {unknown}, but {string.Join(", ", StoreUnderTest.Names)}.")
            : [.. names.Distinct()];
    }

    public static int Number(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new UsageException($"{text} is not a whole number from {min} to {max}.");
}
