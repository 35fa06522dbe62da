using System.Globalization;

namespace Countersign.Bench.Servers;

/// <summary>What Linux knows of a process at a moment.</summary>
/// <param name="Cpu">Processor time of all its threads, in its own code and in the kernel's; in steps of 10 ms.</param>
/// <param name="Resident">Bytes of memory that it holds.</param>
/// <param name="PeakResident">The most that it ever held.</param>
readonly record struct ProcessReading(TimeSpan Cpu, long Resident, long PeakResident)
{
    const int TicksPerSecond = 100;

    public static ProcessReading Of(int processId)
    {
        var status = File.ReadAllLines($"/proc/{processId}/status");
        return new ProcessReading(
            Time(Stat(processId), 11),
            Number(status, "VmRSS:") * 1024,
            Number(status, "VmHWM:") * 1024);
    }

    /// <summary>Processor time of its children that have ended, and of theirs.</summary>
    public static TimeSpan ChildrenOf(int processId) => Time(Stat(processId), 13);

    /// <summary>Who started it; null when it is no more.</summary>
    public static int? ParentOf(int processId)
    {
        try
        {
            return int.Parse(Stat(processId)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Processor time that the whole machine has spent on anything, by all processes and the kernel.</summary>
    public static TimeSpan WholeMachine()
    {
        // cpu user nice system idle iowait irq softirq steal …
        var fields = Array.ConvertAll(
            File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9], field => long.Parse(field, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds((double)(fields.Sum() - fields[3] - fields[4]) / TicksPerSecond);
    }

    /// <summary>The number of a line that begins with a name.</summary>
    public static long Number(string[] lines, string name)
    {
        var line = Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal)) ?? throw new BenchException($"/proc says nothing of {name}");
        return long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    static string[] Stat(int processId)
    {
        // The second field is the program's name in brackets, which may hold anything; what follows the last bracket can be counted.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    /// <summary>Two fields after each other: time in the program's own code, and in the kernel's.</summary>
    static TimeSpan Time(string[] stat, int first) => TimeSpan.FromSeconds(
        (double)(long.Parse(stat[first], CultureInfo.InvariantCulture) + long.Parse(stat[first + 1], CultureInfo.InvariantCulture)) / TicksPerSecond);
}
