using System.Globalization;
using Countersign.Core.Guard.Fraud;

namespace Countersign.Bench.Guard;

/// <summary>What the command line asks for.</summary>
sealed record GuardOptions(int Seeds, ulong FirstSeed, FraudLevel Level, string? Plot, bool Cost, bool Budget, bool Risk, bool InProcess, bool Guessing = false, bool Stages = false, bool Why = false, bool Oracle = false, AttackKind? Attack = null, bool Challenges = false, bool Compare = false, bool Peace = false, double Movers = 0)
{
    public const string Help =
        """
        usage: ./bench.sh guard [options]

        Simulated towns of people and seven kinds of attack against the server, over HTTP and in simulated time; then months of guessing at one number.
        Every fourth town is attacked in its first hour, before there is any history. The same seeds always give the same people and attacks, and in process and with --challenges
        the same result; other servers have keys of their own, on which Guard's probes depend.

          --stages       no simulation: what each stage of Guard costs a start, as the server composes them
          --guessing     the months of guessing alone
          --in-process   Fraud Guard alone (with --challenges all that asks for work), without a server: far faster
          --seeds N      towns to simulate, 1 to 200 (2; in process 12)
          --first N      the first seed (1)
          --level L      basic, standard or max (standard)
          --challenges   services that enforce their risk, people and attackers who pass what they know of the device, and attackers who work when asked beside those who do not.
                         Over HTTP the work is done, by trying; with --in-process it is counted alone. No authenticator or backup code stands in for it
          --compare      with --challenges over HTTP: has Guard alone judge the same starts in process, with the server's keys, and prints where the two differ
          --peace        with --challenges: the week of peace alone
          --movers N     percent of the people whose application passes addresses who type their code in another network than they asked for it in, and ask again from there, every second of them
                         by WhatsApp (0); not with --challenges
          --why          prints of each attack what got through and who was refused, too
          --attack KIND  this kind of attack alone, and no peace: sequential, scattered, lowandslow, oneoff, reallooking, fakeconversion, bruteforce
          --oracle       what no rule could beat that judges starts one by one, even if it knew all about the attack and the town from the beginning
          --budget       judges by authgear's budgets instead, to compare with
          --cost         no simulation: what a start costs in time and memory, up to ten million numbers
          --risk         no simulation: what scoring the risk of a start costs in time and memory
          --plot FILE    where the plot goes (docs/images/guard.svg of this repository)
          --no-plot      no plot
        """;

    public static GuardOptions Parse(string[] args)
    {
        var options = new GuardOptions(0, 1, FraudLevel.Standard, DefaultPlot(), Cost: false, Budget: false, Risk: false, InProcess: false);
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--seeds" when Number(i) is >= 1 and <= 200 and var seeds => options with { Seeds = seeds },
                "--first" when Number(i) is >= 1 and var first => options with { FirstSeed = (ulong)first },
                "--level" when Enum.TryParse<FraudLevel>(Value(i), ignoreCase: true, out var level) && level != FraudLevel.Off => options with { Level = level },
                "--movers" when Number(i) is >= 0 and <= 100 and var movers => options with { Movers = movers / 100.0 },
                "--plot" when Value(i) is { } path => options with { Plot = path },
                "--no-plot" => options with { Plot = null },
                "--challenges" => options with { Challenges = true },
                "--compare" => options with { Compare = true },
                "--peace" => options with { Peace = true },
                "--why" => options with { Why = true },
                "--attack" when Enum.TryParse<AttackKind>(Value(i), ignoreCase: true, out var kind) => options with { Attack = kind },
                "--oracle" => options with { Oracle = true, InProcess = true },
                "--risk" => options with { Risk = true },
                "--cost" => options with { Cost = true },
                "--budget" => options with { Budget = true, InProcess = true },
                "--stages" => options with { Stages = true },
                "--guessing" => options with { Guessing = true },
                "--in-process" => options with { InProcess = true },
                var other => throw new UsageException($"{other} is no option, or its value makes no sense."),
            };
            i += args[i] is "--seeds" or "--first" or "--level" or "--plot" or "--attack" or "--movers" ? 1 : 0;
        }

        return options.Seeds > 0 ? options : options with { Seeds = options.InProcess ? 12 : 2 };

        string? Value(int index) => index + 1 < args.Length ? args[index + 1] : null;

        int Number(int index) => int.TryParse(Value(index), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    // The folder above the build's output that holds the solution.
    static string? DefaultPlot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Countersign.slnx")))
                return Path.Combine(folder.FullName, "docs", "images", "guard.svg");
        }

        return null;
    }
}
