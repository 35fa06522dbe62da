using System.Globalization;

namespace Countersign.Bench.Hot;

/// <summary>How the hot path is measured.</summary>
sealed record HotOptions
{
    public const string Help = """
        usage: ./bench.sh hot [options]

        Starts the server as a process of its own, with the embedded store in a fresh temporary directory, and drives it over loopback from keep-alive
        connections with one request on its way on each. After a warm-up, in every round and for each number of connections:
          bare    reads the form and writes the JSON of a start, and does nothing else
          start   POST /v2/Services/{VA}/Verifications, each for a number of its own
          check   POST /v2/Services/{VA}/VerificationCheck, each of those verifications with its right code, until time or verifications run out
        Before that: cold start to the first 201 on a fresh directory (median of 3), and memory after 3 idle seconds.

        options
          --seconds 6              of each phase, 1 to 60
          --rounds 3               1 to 9; the table shows the round whose throughput is the median; rounds that
                                   other programs disturbed are left out, if any is left then
          --connections 64,256     the last two lines of the output are for the largest
          --json FILE              everything that was measured, round by round

        exit code: 0 measured; 1 the server gave a wrong answer or none; 2 wrong usage; 130 interrupted
        """;

    /// <summary>Seconds of each phase.</summary>
    public int Seconds { get; private init; } = 6;

    public int Rounds { get; private init; } = 3;

    public int[] Connections { get; private init; } = [64, 256];

    public string? JsonPath { get; private init; }

    public int MostConnections => Connections.Max();

    /// <summary>Messages that the virtual phones must hold for the codes of one phase, or of the warm-up, to be read: more than any can send.</summary>
    public int SandboxCapacity => Math.Min(1_000_000, Math.Max(Seconds, 12) * 40_000);

    /// <exception cref="UsageException">An option that there is not, or a value that cannot be.</exception>
    public static HotOptions Parse(string[] args)
    {
        var options = new HotOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new UsageException($"{args[i]} needs a value, or is no option.");
            options = args[i] switch
            {
                "--seconds" => options with { Seconds = Number(value, 1, 60) },
                "--rounds" => options with { Rounds = Number(value, 1, 9) },
                "--connections" => options with { Connections = Array.ConvertAll(value.Split(','), part => Number(part, 1, 4096)) },
                "--json" => options with { JsonPath = value },
                _ => throw new UsageException($"There is no option {args[i]}."),
            };
        }

        return options;
    }

    static int Number(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new UsageException($"{text} is not a whole number from {min} to {max}.");
}
