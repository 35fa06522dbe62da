using System.Globalization;
using Countersign.Bench.Hot;

namespace Countersign.Bench.Guard;

/// <summary>
/// The towns and attacks of <see cref="GuardVerb"/> where services have challenges on, over HTTP or in process: each attack once by a script that does no work, and once by one that does all of it.
/// </summary>
static class ChallengedTowns
{
    // Of one core in native code: docs/guard-challenge.md.
    const double TriesPerSecond = 10e6;

    public static void Run(GuardOptions options, TextWriter output)
    {
        var (idle, working) = (new GuardResult(options.Seeds, options.FirstSeed), new GuardResult(options.Seeds, options.FirstSeed));
        var kinds = Enum.GetValues<AttackKind>();
        var twins = new SortedDictionary<string, TwinPolicy>(StringComparer.Ordinal);
        // Servers greet with a banner.
        Console.SetOut(TextWriter.Null);
        // A run remembers each of its people: in process no more at a time than there are processors.
        Parallel.For(0, options.Seeds * ((2 * kinds.Length) + 1), new ParallelOptions { MaxDegreeOfParallelism = options.InProcess ? Environment.ProcessorCount : GuardVerb.AtATime }, job =>
        {
            var (index, run) = (job / ((2 * kinds.Length) + 1), job % ((2 * kinds.Length) + 1));
            var (kind, works) = (run / 2, run % 2 == 1);
            if ((options.Attack is { } only && kind != (int)only) || (options.Peace && kind < kinds.Length))
                return;
            var seed = options.FirstSeed + (ulong)index;
            var town = new Town(seed);
            var devices = new Devices(seed, town);
            using var server = options.InProcess ? null : new HttpPolicy(SimulatedServer.StartChallengingAsync(options.Level, devices, seed + 1).GetAwaiter().GetResult());
            var twin = options.Compare && server is not null ? new TwinPolicy(server, new ChallengedPolicy(seed, options.Level, devices, server.Server)) : null;
            Policy policy = twin ?? server ?? (Policy)new ChallengedPolicy(seed, options.Level, devices);
            if (kind == kinds.Length)
            {
                idle.Peace[index] = new GuardRun(town, null, policy, GuardVerb.PeaceDays, devices).Run();
            }
            else
            {
                var attack = GuardVerb.AttackOn(town, kinds[kind], seed);
                (works ? working : idle).Attacks[kind][index] = new GuardRun(town, attack, policy, 0, devices, new Devices.Forger(seed, kinds[kind], devices, works)).Run();
            }

            if (server is null)
                return;
            var name = kind == kinds.Length ? "peace" : GuardReport.Name(kinds[kind]);
            (works ? working : idle).AddReasons(name, server.Reasons);
            if (twin is not null)
            {
                lock (twins)
                    twins.Add($"{name}, town {seed}{(kind == kinds.Length ? "" : works ? ", all work" : ", no work")}", twin);
            }

            Console.Error.WriteLine($"town {seed}, {name}{(kind == kinds.Length ? "" : works ? ", all work" : ", no work")}: {server.Server.Requests:#,0} requests");
        });

        if (options.Why)
        {
            GuardReport.WriteNotes(idle, output);
            WriteNotes(idle.Peace, output);
        }

        if (!options.Peace)
        {
            output.WriteLine("attackers whose script does no work");
            Write(idle, options, output);
            output.WriteLine("attackers who do all the work that they are asked for");
            Write(working, options, output);
        }

        if (!options.InProcess)
            WriteServers(idle, working, twins, output);
        if (options.Attack is null)
            WriteLast(idle, working, output);
    }

    /// <summary>What there is only where servers were asked.</summary>
    static void WriteServers(GuardResult idle, GuardResult working, SortedDictionary<string, TwinPolicy> twins, TextWriter output)
    {
        foreach (var (result, who) in new[] { (idle, "no work"), (working, "all work") })
        {
            output.Write($"{who}: ");
            GuardReport.WriteReasons(result, output);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"numbers tried for solutions: {AltchaSolver.Tries:#,0}, {AltchaSolver.TriesPerSecond:#,0} a second of a thread"));
        foreach (var (name, twin) in twins)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {twin.Starts:#,0} starts judged by both, {twin.Differences.Sum(static one => one.Value)} otherwise{(twin.FirstAt is { } at ? $", first after {at:0} s" : "")}"));
            foreach (var (how, count) in twin.Differences.OrderByDescending(static one => one.Value))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {count,6} {how}"));
        }

        output.WriteLine();
    }

    static void Write(GuardResult result, GuardOptions options, TextWriter output)
    {
        Table.Of(
            Enum.GetValues<AttackKind>().Where(kind => options.Attack is not { } only || kind == only),
            1,
            ("attack", static kind => GuardReport.Name(kind)),
            ("messages", kind => Text(Sum(kind, static run => run.Pumped), "#,0")),
            ("stopped", kind => Text(Sum(kind, static run => run.Stopped) / Sum(kind, static run => run.Pumped), "0.0 %")),
            ("worst", kind => Text(result.Of(kind).Min(static run => run.StoppedShare), "0.0 %")),
            ("below 95 %", kind => Text(result.Of(kind).Count(static run => run.StoppedShare < 0.95), "0")),
            ("challenged", kind => Text(Sum(kind, static run => run.PumpedChallenged) / Sum(kind, static run => run.Pumped), "0.0 %")),
            ("stopped by it", kind => Text(Sum(kind, static run => run.StoppedByChallenge) / Sum(kind, static run => run.Pumped), "0.0 %")),
            ("core s a message", kind => Text(Sum(kind, static run => run.Tries) / TriesPerSecond / Math.Max(1, Sum(kind, static run => run.Pumped - run.Stopped)), "0.0000")),
            ("people challenged", kind => Text(Sum(kind, static run => run.PeopleChallenged) / Sum(kind, static run => run.People), "0.000 %")),
            ("worst", kind => Text(result.Of(kind).Max(static run => run.ChallengedShare), "0.000 %")),
            ("over 1 %", kind => Text(result.Of(kind).Count(static run => run.ChallengedShare > 0.01), "0")),
            ("gave up", kind => Text(Sum(kind, static run => run.PeopleGaveUp) / Sum(kind, static run => run.People), "0.000 %")),
            ("refused", kind => Text(Sum(kind, static run => run.PeopleRefused) / Sum(kind, static run => run.People), "0.000 %")),
            ("worst", kind => Text(result.Of(kind).Max(static run => run.RefusedShare), "0.000 %"))).WriteText(output);
        output.WriteLine();

        double Sum(AttackKind kind, Func<GuardOutcome, double> of) => result.Of(kind).Sum(of);
    }

    static void WriteLast(GuardResult idle, GuardResult working, TextWriter output)
    {
        double people = idle.Peace.Sum(static run => run.People), asked = idle.Peace.Sum(static run => run.PeopleChallenged);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"peace: {people:#,0} people in {idle.Seeds} towns, {asked / people:0.000 %} challenged, worst town {idle.Peace.Max(static run => run.ChallengedShare):0.000 %}; {idle.Peace.Sum(static run => run.PeopleGaveUp)} gave up; {idle.Peace.Sum(static run => run.PeopleRefused)} refused, worst town {idle.Peace.Max(static run => run.RefusedShare):0.0000 %}"));
        var all = idle.Attacks.Concat(working.Attacks).SelectMany(static runs => runs).Where(static run => run is not null).ToArray();
        var levels = all.Concat(idle.Peace).SelectMany(static run => run.PeopleWorked).GroupBy(static level => level).OrderBy(static level => level.Key);
        output.WriteLine($"people's challenges by level: {string.Join(", ", levels.Select(static level => string.Create(CultureInfo.InvariantCulture, $"{level.Key}: {level.Count():#,0}")))}");
        output.WriteLine();
        if (all.Length > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard people-challenged {all.Sum(static run => run.PeopleChallenged) / (double)all.Sum(static run => run.People):0.0000}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard people-challenged-worst {all.Max(static run => run.ChallengedShare):0.0000}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard people-challenged-in-peace {idle.Peace.Max(static run => run.ChallengedShare):0.0000}"));
    }

    /// <summary>What people were challenged for in peace.</summary>
    static void WriteNotes(GuardOutcome[] peace, TextWriter output)
    {
        foreach (var note in peace.Where(static run => run is not null).SelectMany(static run => run.Notes).GroupBy(static note => note.Key).OrderByDescending(static note => note.Sum(static one => one.Value)))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {note.Sum(static one => one.Value),6} in peace {note.Key}"));
    }

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
