using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Countersign.Bench.Servers;

/// <summary>
/// Bytes that the disk under a directory was sent, by everybody: files, and what the file system keeps of them (its journal, for one). What the kernel counts for a process (write_bytes in /proc/PID/io) says something else:
/// what became dirty in memory, in whole folios. 8 KB at a time into an old file of PostgreSQL's log count as 256 KB each there on ext4 (Linux 6.18), and 8 KB reach the disk.
/// </summary>
sealed partial class DiskMeter
{
    const int BytesPerSector = 512, WrittenSectors = 6;

    /// <summary>statx(2) by a path, relative to where the process is; and where its answer has the two numbers of the device.</summary>
    const int Here = -100, AnswerLength = 256, MajorOffset = 136, MinorOffset = 140;

    readonly string _statistics = "";

    public DiskMeter(string directory)
    {
        try
        {
            _statistics = $"/sys/dev/block/{DeviceOf(directory)}/stat";
            _ = Count();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or Win32Exception or EntryPointNotFoundException)
        {
            WhyNot = $"{problem.Message} It takes a file system with a device of its own, which Btrfs, overlays and memory have not.";
        }
    }

    /// <summary>Why nothing is counted; null while it is.</summary>
    public string? WhyNot { get; }

    /// <summary>What was sent to the disk so far, once all that waits in memory to be written was written too; null where it cannot be counted.</summary>
    public long? Flush()
    {
        if (WhyNot is not null)
        {
            return null;
        }

        Sync();
        return Count();
    }

    // reads, merged, sectors, ms; writes, merged, sectors, ms; …
    long Count() => BytesPerSector * long.Parse(
        File.ReadAllText(_statistics).Split(' ', StringSplitOptions.RemoveEmptyEntries)[WrittenSectors], CultureInfo.InvariantCulture);

    static string DeviceOf(string path)
    {
        Span<byte> answer = stackalloc byte[AnswerLength];
        if (Stat(Here, path, flags: 0, mask: 0, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        return string.Create(CultureInfo.InvariantCulture, $"{MemoryMarshal.Read<uint>(answer[MajorOffset..])}:{MemoryMarshal.Read<uint>(answer[MinorOffset..])}");
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int directory, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void Sync();
}
