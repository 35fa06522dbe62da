using System.ComponentModel;
using System.Globalization;

namespace Countersign.Bench.Servers;

/// <summary>
/// Counts how often processes have the kernel flush a file to the disk (fsync, fdatasync, msync), the same way whatever the store is: by the kernel's
/// own tracepoints. Each write to a file that was opened for that counts as well, but only where the file system has a tracepoint of its own; elsewhere calls count that fail, too. Must be there before the processes that it is asked for: it learns from the kernel who made whom.
/// </summary>
sealed class SyncMeter : IDisposable
{
    const string Tracing = "/sys/kernel/tracing/events";
    const int MostGenerations = 16;

    /// <summary>msync(2) with MS_SYNC; with MS_ASYNC it flushes nothing.</summary>
    const string Synchronous = "flags & 4";

    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    readonly Lock _gate = new();
    readonly List<PerfRing> _rings = [];
    readonly Dictionary<int, long> _counts = [];
    readonly Dictionary<int, int> _makers = [];
    readonly ManualResetEventSlim _ended = new();
    readonly Thread? _reader;

    /// <param name="fileSystem">The kind that the stores' files are on.</param>
    public SyncMeter(string fileSystem)
    {
        try
        {
            foreach (var (tracepoint, filter) in TracepointsOf(fileSystem))
            {
                var id = int.Parse(File.ReadAllText($"{Tracing}/{tracepoint}/id"), CultureInfo.InvariantCulture);
                foreach (var processor in Processors())
                {
                    _rings.Add(new PerfRing(id, processor, filter));
                }
            }

            _reader = new Thread(Run) { IsBackground = true, Name = "sync meter" };
            _reader.Start();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or Win32Exception or EntryPointNotFoundException)
        {
            WhyNot = $"{problem.Message} It takes root, or CAP_PERFMON and a readable {Tracing}.";
        }
    }

    /// <summary>Why nothing is counted; null while it is.</summary>
    public string? WhyNot { get; private set; }

    /// <summary>Flushes so far by these processes and all that they made, also by those that have ended; null where they cannot be counted.</summary>
    public long? CountOf(IReadOnlyCollection<int> processes)
    {
        lock (_gate)
        {
            Read();
            return WhyNot is null ? _counts.Where(count => IsOf(processes, count.Key)).Sum(count => count.Value) : null;
        }
    }

    public void Dispose()
    {
        _ended.Set();
        _reader?.Join();
        _rings.ForEach(ring => ring.Dispose());
        _ended.Dispose();
    }

    /// <summary>
    /// A file system's own, if it has one: nobody but who flushes meets it. Where a system call has one that is watched, every call of every process takes a longer way (29 of 120 ns).
    /// </summary>
    static (string Name, string? Filter)[] TracepointsOf(string fileSystem)
    {
        var own = fileSystem switch
        {
            "ext4" => "ext4/ext4_sync_file_enter",
            "xfs" => "xfs/xfs_file_fsync",
            "btrfs" => "btrfs/btrfs_sync_file",
            _ => null,
        };
        return own is not null && Directory.Exists($"{Tracing}/{own}")
            ? [(own, null)]
            : [("syscalls/sys_enter_fsync", null), ("syscalls/sys_enter_fdatasync", null), ("syscalls/sys_enter_msync", Synchronous)];
    }

    /// <summary>Those that are on, as in 0-3,6.</summary>
    static IEnumerable<int> Processors()
    {
        foreach (var range in File.ReadAllText("/sys/devices/system/cpu/online").Trim().Split(','))
        {
            var ends = Array.ConvertAll(range.Split('-'), end => int.Parse(end, CultureInfo.InvariantCulture));
            for (var processor = ends[0]; processor <= ends[^1]; processor++)
            {
                yield return processor;
            }
        }
    }

    bool IsOf(IReadOnlyCollection<int> processes, int id)
    {
        // Numbers of processes are given again some day: then who made whom may go in a circle.
        for (var generation = 0; generation < MostGenerations; generation++)
        {
            if (processes.Contains(id))
            {
                return true;
            }

            if (!_makers.TryGetValue(id, out id))
            {
                return false;
            }
        }

        return false;
    }

    void Run()
    {
        while (!_ended.Wait(Interval))
        {
            lock (_gate)
            {
                Read();
            }
        }
    }

    void Read() => _rings.ForEach(ring => ring.Read(
        id => _counts[id] = _counts.GetValueOrDefault(id) + 1,
        (id, maker) => _makers[id] = maker,
        lost => WhyNot ??= FormattableString.Invariant($"The kernel had no room for {lost} of them.")));
}
