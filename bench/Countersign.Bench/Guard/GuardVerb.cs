
namespace Countersign.Bench.Guard;

/// <summary>Simulates people and attackers, and measures what Fraud Guard stops and whom it hurts.</summary>
static class GuardVerb
{
    const double WarmSeconds = 3 * 86_400;
    const double ColdSeconds = 3600;
    const double PeaceDays = 7;

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

        var result = new GuardResult(options.Seeds, options.FirstSeed);
        var kinds = Enum.GetValues<AttackKind>();
        Parallel.For(0, options.Seeds * (kinds.Length + 1), job =>
        {
            var (index, kind) = (job / (kinds.Length + 1), job % (kinds.Length + 1));
            var seed = options.FirstSeed + (ulong)index;
            var town = new Town(seed);
            Policy policy = options.Budget ? new BudgetPolicy() : new EnginePolicy(seed, options.Level);
            if (kind == kinds.Length)
            {
                result.Peace[index] = new GuardRun(town, null, policy, PeaceDays).Run();
                return;
            }

            // Not at the same hour in each town.
            var from = (IsCold(seed) ? ColdSeconds : WarmSeconds) + (new Rng(seed ^ 0xF00D).Unit() * (IsCold(seed) ? 0 : 86_400));
            result.Attacks[kind][index] = new GuardRun(town, new Attack(kinds[kind], seed, town, from), policy, 0).Run();
        });

        GuardReport.Write(result, Console.Out);
        if (options.Plot is { } path)
        {
            File.WriteAllText(path, GuardPlot.Svg(result));
            Console.WriteLine($"plot: {path}");
        }

        GuardReport.WriteLast(result, Console.Out);
        return Task.FromResult(0);
    }

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

    public GuardOutcome[] Of(AttackKind kind) => Attacks[(int)kind];
}
