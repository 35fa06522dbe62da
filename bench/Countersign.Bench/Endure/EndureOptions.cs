using System.Globalization;

namespace Countersign.Bench.Endure;

/// <summary>What is endured, on which stores, and for how long.</summary>
sealed record EndureOptions
{
    public static readonly string[] AllStores = ["sqlite", "postgres", "redis"];

    public static string Help => $"""
        usage: ./bench.sh endure [options]

        Starts real servers (two that share one database, or one with the embedded store) and a carrier of its own, has people start, resend, check and cancel over HTTP,
        breaks something meanwhile, and then counts: every verification that was acknowledged is there, as far as it was acknowledged; none was approved twice, none had a
        sixth check; every acknowledged message reached the carrier; no answer was an error other than 429 and 503 with Retry-After.

        options
          --stores {string.Join(',', AllStores)}
          --scenarios NAME,…           these only
          --short                      a few seconds of each, for CI
          --no-skips                   a scenario that this machine does not let us play (not root, a program that is not here) is a failure
          --minutes 1                  of load in each scenario that has no measure of its own, 1 to 600
          --kills 50                   of the scenario kill, 1 to 1,000
          --older DIRECTORY            of an older build's Countersign.Server.dll, for the scenario upgrade, which is skipped without one:
                                       git worktree add ../older COMMIT && dotnet build -c Release ../older/src/Countersign.Server
                                       ./bench.sh endure --scenarios upgrade --older ../older/artifacts/bin/Countersign.Server/release
          --logs DIRECTORY             keeps all that the servers write there, a file for each

        scenarios
        {string.Join('\n', Scenario.All.Select(scenario => $"  {scenario.Name,-10} {scenario.Summary}"))}

        exit code: 0 all kept; 1 something was lost or wrong; 2 wrong usage; 130 interrupted
        """;

    public string[] Stores { get; private init; } = AllStores;

    public string[] Scenarios { get; private init; } = [.. Scenario.All.Select(scenario => scenario.Name)];

    public TimeSpan Load { get; private init; } = TimeSpan.FromMinutes(1);

    public int Kills { get; private init; } = 50;

    public bool Short { get; private init; }

    /// <summary>What cannot be played here has failed.</summary>
    public bool NoSkips { get; private init; }

    /// <summary>An older build's server program (Countersign.Server.dll); null where none was given.</summary>
    public string? Older { get; private init; }

    /// <summary>Where all that servers write is kept; null for nowhere.</summary>
    public string? Logs { get; private init; }

    /// <exception cref="UsageException">An option that there is not, or a value that cannot be.</exception>
    public static EndureOptions Parse(string[] args)
    {
        var options = new EndureOptions();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--short" => options with { Short = true, Load = TimeSpan.FromSeconds(3), Kills = 3 },
                "--no-skips" => options with { NoSkips = true },
                "--stores" => options with { Stores = Names(Value(args, ref i), AllStores, "store") },
                "--scenarios" => options with { Scenarios = Names(Value(args, ref i), options.Scenarios, "scenario") },
                "--minutes" => options with { Load = TimeSpan.FromMinutes(Number(Value(args, ref i), 1, 600)) },
                "--older" => options with { Older = Program(Value(args, ref i)) },
                "--logs" => options with { Logs = Directory.CreateDirectory(Value(args, ref i)).FullName },
                "--kills" => options with { Kills = Number(Value(args, ref i), 1, 1000) },
                _ => throw new UsageException($"There is no option {args[i]}."),
            };
        }

        return options;
    }

    static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new UsageException($"{args[i - 1]} needs a value.");

    static string Program(string directory) =>
        Path.GetFullPath(Path.Combine(directory, "Countersign.Server.dll")) is var path && File.Exists(path) ? path : throw new UsageException($"There is no Countersign.Server.dll in {directory}.");

    static string[] Names(string text, string[] known, string what)
    {
        var names = text.Split(',');
        return Array.Find(names, name => !known.Contains(name)) is { } unknown ? throw new UsageException($"There is no {what} {unknown}.") : names;
    }

    static int Number(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new UsageException($"{text} is not a whole number from {min} to {max}.");
}
