using System.Globalization;
using Countersign.Core.Routing;

namespace Countersign.Bench.Routing;

/// <summary>Simulates two days of six carriers over ten countries, and compares how policies pick among them.</summary>
static class RoutingVerb
{
    public const double Hours = 48;

    public static readonly Outages Times = new(RefusingFrom: 15 * 3600, DarkFrom: 38 * 3600, Seconds: 3600);

    // A dark carrier's losses at another rate need no two days, but some thousand verifications to learn from, and its outage.
    static double ShortFrom(double perSecond) => Times.DarkFrom - (perSecond > 1 ? 3 * 3600 : 12 * 3600);

    static readonly double[] Rates = [0.1, 0.3, 1, 3, 10];
    static readonly int[] Weights = [30, 25, 15, 12, 10, 8];

    public static Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(RoutingOptions.Help);
            return Task.FromResult(0);
        }

        var options = RoutingOptions.Parse(args);
        var progress = new Progress((options.Seeds * Policies.Length) + (options.Seeds * Rates.Length));
        var result = new RoutingResult([.. Policies.Select(static policy => policy.Name)], options.Seeds, Rates);

        // A seed and a policy say all about a run, so it does not matter which runs when.
        Parallel.For(0, options.Seeds, seed =>
        {
            var world = new World((ulong)seed + 1, Hours, Times);
            result.Dark[seed] = World.Carriers[world.Dark!.Carrier].Name;
            result.Refusing[seed] = World.Carriers[world.Refusing!.Carrier].Name;
            for (var i = 0; i < Policies.Length; i++)
            {
                result.Outcomes[i][seed] = Run(world, Policies[i].Create, 0, Hours * 3600, perSecond: 1);
                progress.Step();
            }

            for (var i = 0; i < Rates.Length; i++)
            {
                result.LostByRate[i][seed] = Run(world, Policies[1].Create, ShortFrom(Rates[i]), Times.DarkFrom + Times.Seconds, Rates[i]).Lost;
                progress.Step();
            }
        });

        RoutingReport.Write(result, Console.Out);
        if (options.Plot is { } path)
        {
            File.WriteAllText(path, RoutingPlot.Svg(result));
            Console.WriteLine($"plot: {path}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"routing oracle {result.OfOracle(1):0.00}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"routing lost {result.Outcomes[1].Max(static outcome => outcome.Lost)}"));
        return Task.FromResult(0);
    }

    // The order of an operator who knows the carriers' mean rates over the two days: the best that can be written down once. In the table's order; the oracle is first, adaptive second.
    static (string Name, Func<World, SimulatedClock, Policy> Create)[] Policies { get; } =
    [
        ("oracle", static (world, _) => new OraclePolicy(world)),
        ("adaptive", static (world, clock) => new PlannerPolicy(RouteStrategy.Adaptive, [.. world.ByMeanRate().Select(static carrier => PlannerPolicy.Carrier(carrier))], world.Seed, clock)),
        ("ordered, with breakers", static (world, clock) => new PlannerPolicy(RouteStrategy.Ordered, [.. world.ByMeanRate().Select(static carrier => PlannerPolicy.Carrier(carrier))], world.Seed, clock)),
        ("weighted, with breakers", static (world, clock) => new PlannerPolicy(RouteStrategy.Weighted, [.. world.ByMeanRate().Select(static (carrier, rank) => PlannerPolicy.Carrier(carrier, Weights[rank]))], world.Seed, clock)),
        ("fixed priority", static (world, _) => new FixedPolicy(world.ByMeanRate())),
        ("round-robin", static (_, _) => new RoundRobinPolicy()),
    ];

    static Outcome Run(World world, Func<World, SimulatedClock, Policy> create, double from, double until, double perSecond)
    {
        var clock = new SimulatedClock();
        return new Simulation(world, create(world, clock), clock, from, until, perSecond).Run();
    }

    sealed class Progress(int steps)
    {
        readonly Lock _gate = new();
        int _done;

        public void Step()
        {
            lock (_gate)
            {
                _done++;
                if (!Console.IsErrorRedirected)
                    Console.Error.Write($"\rsimulated {_done} of {steps}{(_done == steps ? Environment.NewLine : "")}");
                else if (_done * 10 / steps != (_done - 1) * 10 / steps)
                    Console.Error.WriteLine($"simulated {_done} of {steps}");
            }
        }
    }
}
