
namespace Countersign.Bench.Guard;

/// <summary>Simulates people and attackers, and measures what Fraud Guard stops and whom it hurts.</summary>
static class GuardVerb
{
    const double WarmSeconds = 3 * 86_400;
    const double ColdSeconds = 3600;
    public const double PeaceDays = 7;

    // Each has a server of its own, and one request on its way.
    public const int AtATime = 6;

    public static Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(GuardOptions.Help);
            return Task.FromResult(0);
        }

        var options = GuardOptions.Parse(args);
        if (options.Risk)
        {
            RiskCost.Measure(Console.Out);
            return Task.FromResult(0);
        }

        if (options.Cost)
        {
            GuardCost.Measure(Console.Out);
            return Task.FromResult(0);
        }

        if (options.Stages)
        {
            StageCost.MeasureAsync(Console.Out).GetAwaiter().GetResult();
            return Task.FromResult(0);
        }

        if (options.Guessing)
        {
            Guess(options, Console.Out);
            return Task.FromResult(0);
        }

        if (options.Oracle)
        {
            GuardReport.WriteBounds(options, Console.Out);
            return Task.FromResult(0);
        }

        if (options.Challenges)
        {
            ChallengedTowns.Run(options, Console.Out);
            return Task.FromResult(0);
        }

        var result = new GuardResult(options.Seeds, options.FirstSeed);
        var kinds = Enum.GetValues<AttackKind>();
        // Servers greet with a banner.
        var output = Console.Out;
        Console.SetOut(TextWriter.Null);
        var done = 0;
        Parallel.For(0, options.Seeds * (kinds.Length + 1), new ParallelOptions { MaxDegreeOfParallelism = options.InProcess ? -1 : AtATime }, job =>
        {
            var (index, kind) = (job / (kinds.Length + 1), job % (kinds.Length + 1));
            if (options.Attack is { } only && kind != (int)only)
                return;
            var seed = options.FirstSeed + (ulong)index;
            var town = new Town(seed);
            Policy policy = options.Budget ? new BudgetPolicy() : options.InProcess ? new EnginePolicy(seed, options.Level) : new HttpPolicy(SimulatedServer.StartAsync(options.Level).GetAwaiter().GetResult());
            using var server = policy as HttpPolicy;
            if (kind == kinds.Length)
            {
                result.Peace[index] = new GuardRun(town, null, policy, PeaceDays, movers: options.Movers).Run();
            }
            else
            {
                result.Attacks[kind][index] = new GuardRun(town, AttackOn(town, kinds[kind], seed), policy, 0, movers: options.Movers).Run();
            }

            if (server is not null)
            {
                result.AddReasons(kind == kinds.Length ? "peace" : GuardReport.Name(kinds[kind]), server.Reasons);
                Console.Error.WriteLine($"{Interlocked.Increment(ref done)} of {options.Seeds * (kinds.Length + 1)}: town {seed}, {(kind == kinds.Length ? "peace" : GuardReport.Name(kinds[kind]))}");
            }
        });

        if (options.Why)
            GuardReport.WriteNotes(result, output);
        if (options.Attack is not null)
            return Task.FromResult(0);
        GuardReport.Write(result, output);
        if (options.Plot is { } path)
        {
            File.WriteAllText(path, GuardPlot.Svg(result));
            output.WriteLine($"plot: {path}");
        }

        if (!options.InProcess)
        {
            GuardReport.WriteReasons(result, output);
            Guess(options, output);
        }

        GuardReport.WriteLast(result, output);
        return Task.FromResult(0);
    }

    static void Guess(GuardOptions options, TextWriter output)
    {
        Console.SetOut(TextWriter.Null);
        var months = new GuessingMonth[GuessingPlan.All.Count];
        Parallel.For(0, months.Length, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, index =>
        {
            using var server = SimulatedServer.StartAsync(options.Level).GetAwaiter().GetResult();
            months[index] = new GuessingMonth(server, GuessingPlan.All[index]).Run();
        });
        GuardReport.Write(months, output);
    }

    /// <summary>Not at the same hour in each town.</summary>
    public static Attack AttackOn(Town town, AttackKind kind, ulong seed) =>
        new(kind, seed, town, (IsCold(seed) ? ColdSeconds : WarmSeconds) + (new Rng(seed ^ 0xF00D).Unit() * (IsCold(seed) ? 0 : 86_400)));

    /// <summary>The town is attacked an hour after it opened.</summary>
    public static bool IsCold(ulong seed) => seed % 4 == 0;
}

/// <summary>All runs.</summary>
sealed class GuardResult(int seeds, ulong firstSeed)
{
    public int Seeds => seeds;

    public ulong FirstSeed => firstSeed;

    /// <summary>By kind, then by seed.</summary>
    public GuardOutcome[][] Attacks { get; } = [.. Enum.GetValues<AttackKind>().Select(_ => new GuardOutcome[seeds])];

    public GuardOutcome[] Peace { get; } = new GuardOutcome[seeds];

    /// <summary>Over HTTP: what starts and right codes were refused for, by kind of attack, people's and attackers' together.</summary>
    public SortedDictionary<string, SortedDictionary<string, int>> Reasons { get; } = [];

    public void AddReasons(string kind, IReadOnlyDictionary<string, int> reasons)
    {
        lock (Reasons)
        {
            var all = Reasons.TryGetValue(kind, out var known) ? known : Reasons[kind] = [];
            foreach (var (reason, count) in reasons)
                all[reason] = all.GetValueOrDefault(reason) + count;
        }
    }

    public GuardOutcome[] Of(AttackKind kind) => Attacks[(int)kind];
}
