using System.Globalization;
using Countersign.Core.Routing;

namespace Countersign.Bench.Routing;

/// <summary>Simulates two days of six carriers over ten countries, and compares how policies pick among them.</summary>
static class RoutingVerb
{
    static readonly Outages Times = new(RefusingFrom: 15 * 3600, DarkFrom: 38 * 3600, Seconds: 3600);

    public static Task<int> RunAsync(string[] args)
    {
        var seeds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 4;
        var half = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 2;
        var cb = args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : 10;
        var pb = args.Length > 3 ? double.Parse(args[3], CultureInfo.InvariantCulture) : 200;
        var options = new RouteLearningOptions { HalfLife = TimeSpan.FromHours(half), CountryBorrows = cb, PrefixBorrows = pb };
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            var world = new World(seed, 48, Times);
            foreach (var name in new[] { "oracle", "adaptive", "ordered", "weighted", "fixed", "robin" })
            {
                if (args.Length > 1 && name is not ("oracle" or "adaptive"))
                    continue;
                var clock = new SimulatedClock();
                var order = world.ByMeanRate();
                int[] weights = [30, 25, 15, 12, 10, 8];
                Policy policy = name switch
                {
                    "oracle" => new OraclePolicy(world),
                    "adaptive" => new PlannerPolicy(RouteStrategy.Adaptive, order.Select(i => PlannerPolicy.Carrier(i)), seed, clock, options),
                    "ordered" => new PlannerPolicy(RouteStrategy.Ordered, order.Select(i => PlannerPolicy.Carrier(i)), seed, clock),
                    "weighted" => new PlannerPolicy(RouteStrategy.Weighted, order.Select((i, rank) => PlannerPolicy.Carrier(i, weights[rank])), seed, clock),
                    "fixed" => new FixedPolicy(order),
                    _ => new RoundRobinPolicy(),
                };
                var sw = System.Diagnostics.Stopwatch.StartNew();
                var o = new Simulation(world, policy, clock, 0, 48 * 3600, 1).Run();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seed} {name,-9} people {o.People} conv {(double)o.Conversions / o.People:0.0000} first {(double)o.FirstConversions / o.People:0.0000} sends {(double)o.Sends / o.People:0.000} lost {o.Lost} refused {o.Refused} cost {o.Cost / o.Conversions * 1000:0.00} wait {o.MedianWait:0.0} in {sw.Elapsed.TotalSeconds:0.0}s dark {World.Carriers[world.Dark!.Carrier].Name}"));
                if (name == "adaptive") Console.WriteLine("   lost at " + string.Join(' ', o.LostAt.Select(at => ((int)(at - Times.DarkFrom)).ToString(CultureInfo.InvariantCulture))));
            }
        }

        return Task.FromResult(0);
    }
}
