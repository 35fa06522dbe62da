using System.Globalization;
using Countersign.Bench.Hot;

namespace Countersign.Bench.Guard;

static class GuardReport
{
    public static void Write(GuardResult result, TextWriter output)
    {
        var table = Table.Of(
            Enum.GetValues<AttackKind>(),
            1,
            ("attack", static kind => Name(kind)),
            ("messages", kind => Text(result.Of(kind).Sum(static run => run.Pumped), "#,0")),
            ("stopped", kind => Text(result.Of(kind).Sum(static run => run.Stopped) / (double)result.Of(kind).Sum(static run => run.Pumped), "0.0 %")),
            ("worst", kind => Text(result.Of(kind).Min(static run => run.StoppedShare), "0.0 %")),
            ("cost $", kind => Text(result.Of(kind).Sum(static run => run.Cost), "#,0")),
            ("saved $", kind => Text(result.Of(kind).Sum(static run => run.Saved), "#,0")),
            ("first block", kind => Text(Median(result.Of(kind).Select(static run => (double)(run.FirstBlock ?? run.Pumped))), "0")),
            ("worst", kind => Text(result.Of(kind).Max(static run => run.FirstBlock ?? run.Pumped), "0")),
            ("people refused", kind => Text(result.Of(kind).Sum(static run => run.PeopleRefused) / (double)result.Of(kind).Sum(static run => run.People), "0.000 %")),
            ("worst", kind => Text(result.Of(kind).Max(static run => run.RefusedShare), "0.000 %")),
            ("no such number", kind => Text(result.Of(kind).Sum(static run => run.Impossible), "#,0")),
            ("recovered min", kind => Text(Median(result.Of(kind).Select(static run => run.RecoveredAfter!.Value / 60)), "0")),
            ("worst", kind => Text(result.Of(kind).Max(static run => run.RecoveredAfter!.Value / 60), "0")));
        table.WriteText(output);
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"peace: {result.Peace.Sum(static run => run.People):#,0} people in {result.Seeds} towns, {result.Peace.Sum(static run => run.PeopleRefused)} refused, worst town {result.Peace.Max(static run => run.RefusedShare):0.0000 %}"));
        foreach (var kind in Enum.GetValues<AttackKind>())
        {
            var worst = Enumerable.Range(0, result.Seeds).Where(index => result.Of(kind)[index].StoppedShare < 0.95 || result.Of(kind)[index].RefusedShare > 0.002).ToArray();
            if (worst.Length > 0)
                output.WriteLine($"missed by {Name(kind)}: {string.Join("; ", worst.Select(index => Missed(result, kind, index)))}");
        }

        output.WriteLine();
    }

    public static void WriteNotes(GuardResult result, TextWriter output)
    {
        foreach (var kind in Enum.GetValues<AttackKind>())
        {
            for (var index = 0; index < result.Seeds; index++)
            {
                if (result.Of(kind)[index] is not { } run)
                    continue;
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Name(kind)}, town {result.FirstSeed + (ulong)index}: stopped {run.StoppedShare:0.0 %} of {run.Pumped}, first block {run.FirstBlock}, people refused {run.PeopleRefused} of {run.People} ({run.RefusedShare:0.00 %})"));
                foreach (var (note, count) in run.Notes)
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {count,6} {note}"));
            }
        }
    }

    /// <summary>The bound of each attack in each town, by an oracle.</summary>
    public static void WriteBounds(GuardOptions options, TextWriter output)
    {
        output.WriteLine("by an oracle: stopped where 0.2 % of people are refused | people refused where 95 % are stopped");
        foreach (var kind in Enum.GetValues<AttackKind>())
        {
            // An attacker who types codes back has proven numbers, which the oracle takes for people's: it is no bound there.
            if (kind == AttackKind.FakeConversion || (options.Attack is { } only && kind != only))
                continue;
            var bounds = new (double Stopped, double Refused)[options.Seeds];
            Parallel.For(0, options.Seeds, index =>
            {
                var seed = options.FirstSeed + (ulong)index;
                var town = new Town(seed);
                var attack = GuardVerb.AttackOn(town, kind, seed);
                var oracle = new OraclePolicy(town, attack);
                new GuardRun(town, attack, oracle, 0).Run();
                bounds[index] = oracle.Bound(0.002, 0.95);
            });
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Name(kind),-22} worst {bounds.Min(static one => one.Stopped):0.0 %} | {bounds.Max(static one => one.Refused):0.00 %}; by town {string.Join(", ", bounds.Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Stopped:0.0 %}|{one.Refused:0.00 %}")))}"));
        }
    }

    public static void WriteReasons(GuardResult result, TextWriter output)
    {
        output.WriteLine("starts that were refused, of people and attackers, by details.reason, and right codes that were not taken; not_assigned and its like are numbers that there are not, and counted nowhere else");
        foreach (var (kind, reasons) in result.Reasons)
            output.WriteLine($"  {kind,-22} {string.Join(", ", reasons.OrderByDescending(static one => one.Value).Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value:#,0}")))}");
        output.WriteLine();
    }

    public static void Write(IReadOnlyList<GuessingMonth> months, TextWriter output)
    {
        output.WriteLine("a month of guessing at one number, by how often the person signs in and after how many guesses whoever guesses stops until then");
        foreach (var month in months)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {Describe(month.Plan)}: {month.Sends} codes sent, {month.Guesses} guesses, chance {month.Chance:0.000000}; the person in {month.Entered} of {month.Wanted} times, {month.AtOnce} with the first code, {(month.EnteredFromElsewhere ? "" : "not ")}in from a new network"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard brute-force chance {months.Max(static month => month.Chance):0.000000}"));
        // The worst of all plans, and then that of each other kind of them.
        var worst = months.GroupBy(static month => (month.Plan.PassesIp, month.Plan.FromHome)).Select(static kind => kind.MinBy(static month => (double)month.Entered / month.Wanted)!);
        foreach (var month in worst.OrderBy(static month => (double)month.Entered / month.Wanted))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard brute-force user-in {month.Entered}/{month.Wanted} {Describe(month.Plan)}"));
        output.WriteLine();
    }

    public static void WriteLast(GuardResult result, TextWriter output)
    {
        var all = result.Attacks.SelectMany(static runs => runs).ToArray();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard stopped {all.Min(static run => run.StoppedShare):0.000}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard first-block sequential {result.Of(AttackKind.Sequential).Max(static run => run.FirstBlock ?? run.Pumped)}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard first-block scattered {result.Of(AttackKind.Scattered).Max(static run => run.FirstBlock ?? run.Pumped)}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard people-refused {all.Max(static run => run.RefusedShare):0.0000}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"guard people-refused-in-peace {result.Peace.Max(static run => run.RefusedShare):0.0000}"));
    }

    public static string Name(AttackKind kind) => kind switch
    {
        AttackKind.Sequential => "sequential range",
        AttackKind.Scattered => "scattered in a prefix",
        AttackKind.LowAndSlow => "low and slow",
        AttackKind.OneOff => "one-off numbers",
        AttackKind.RealLooking => "real-looking",
        AttackKind.FakeConversion => "fake conversion",
        AttackKind.BruteForce => "brute force of codes",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    static string Describe(GuessingPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(plan.PassesIp ? "with" : "without")} DeviceIp, {(plan.FromHome ? "from the person's network, " : "")}{plan.SignInsADay} a day, {(plan.StopsAt == int.MaxValue ? "never stops" : $"stops after {plan.StopsAt}")}");

    static string Missed(GuardResult result, AttackKind kind, int index)
    {
        var run = result.Of(kind)[index];
        var seed = result.FirstSeed + (ulong)index;
        return string.Create(CultureInfo.InvariantCulture, $"town {seed}{(GuardVerb.IsCold(seed) ? " (cold)" : "")} {run.StoppedShare:0.0 %} of {run.Pumped}, people {run.PeopleRefused} of {run.People}");
    }

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
