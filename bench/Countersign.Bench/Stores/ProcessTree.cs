using System.Globalization;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Stores;

/// <summary>What processes and all their descendants use together: PostgreSQL has a process for each connection, and Redis forks to rewrite its log.</summary>
static class ProcessTree
{
    /// <summary>
    /// The sum. Processor time of a descendant that has ended is counted with the parent that waited for it. Memory that several share is counted once (PSS);
    /// the peak is not known.
    /// </summary>
    public static ProcessReading Read(IReadOnlyCollection<int> roots)
    {
        var sum = default(ProcessReading);
        foreach (var id in roots.Count == 0 ? [] : WithDescendants(roots))
        {
            if (TryRead(id) is { } reading)
            {
                sum = new ProcessReading(sum.Cpu + reading.Cpu, sum.Resident + reading.Resident, PeakResident: 0);
            }
        }

        return sum;
    }

    static ProcessReading? TryRead(int id)
    {
        try
        {
            var own = ProcessReading.Of(id);
            return own with
            {
                Cpu = own.Cpu + ProcessReading.ChildrenOf(id),
                Resident = ProcessReading.Number(File.ReadAllLines($"/proc/{id}/smaps_rollup"), "Pss:") * 1024,
            };
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or BenchException)
        {
            return null; // It has just ended.
        }
    }

    static HashSet<int> WithDescendants(IReadOnlyCollection<int> roots)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ProcessReading.ParentOf(id) is { } parent)
            {
                (children.TryGetValue(parent, out var siblings) ? siblings : children[parent] = []).Add(id);
            }
        }

        var found = new HashSet<int>();
        var next = new Stack<int>(roots);
        while (next.TryPop(out var id))
        {
            if (found.Add(id) && children.TryGetValue(id, out var own))
            {
                own.ForEach(next.Push);
            }
        }

        return found;
    }
}
