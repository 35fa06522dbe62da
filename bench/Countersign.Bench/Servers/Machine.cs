using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Countersign.Bench.Servers;

/// <summary>
/// Where the numbers come from. The load before is the average of the last minute, which is what others did here; the fsync is the median of flushing 4 KB to
/// the disk of the data directory.
/// </summary>
sealed record Machine(int Cores, string Kernel, string DotNet, string FileSystem, double LoadBefore, double FsyncMilliseconds)
{
    const int Flushes = 100;
    const string BackgroundBytesFile = "/proc/sys/vm/dirty_background_bytes";

    /// <summary>From so many bytes on Linux writes what files were given; 0 where it goes by a share of the memory.</summary>
    public long BackgroundBytes { get; init; }

    public static Machine Read(string directory) => new(
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        new DriveInfo(directory).DriveFormat,
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        MeasureFsync(directory))
    {
        BackgroundBytes = File.Exists(BackgroundBytesFile) ? long.Parse(File.ReadAllText(BackgroundBytesFile), CultureInfo.InvariantCulture) : 0,
    };

    public override string ToString() => FormattableString.Invariant(
        $"{Cores} cores, {Kernel}, {DotNet}, {FileSystem} with an fsync of {FsyncMilliseconds:0.00} ms, load average {LoadBefore:0.00} before the run") + (BackgroundBytes == 0 ? "" : FormattableString.Invariant($", vm.dirty_background_bytes={BackgroundBytes}"));

    static double MeasureFsync(string directory)
    {
        var path = Path.Combine(directory, $"countersign-bench-fsync-{Environment.ProcessId}");
        var took = new double[Flushes];
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose))
        {
            var page = new byte[4096];
            for (var i = 0; i < Flushes; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                file.Write(page);
                file.Flush(flushToDisk: true);
                took[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }

        Array.Sort(took);
        return took[Flushes / 2];
    }
}
