using System.Runtime.InteropServices;

namespace Countersign.Storage.Redis;

/// <summary>
/// The machine's own clock, with the time that the machine was suspended for: by CLOCK_BOOTTIME, which nobody can set. What .NET counts by on Linux, CLOCK_MONOTONIC, stands
/// still meanwhile, and other machines do not.
/// </summary>
sealed partial class BootClock : TimeProvider
{
    const int BootTime = 7;

    /// <summary>This clock in the place of the system's, where there is one; a test's own stays.</summary>
    public static TimeProvider InPlaceOf(TimeProvider clock) => clock == System && IsThere() ? new BootClock() : clock;

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Read(BootTime, out var moment) == 0
        ? moment.Seconds * TimestampFrequency + moment.Nanoseconds
        : throw new InvalidOperationException("CLOCK_BOOTTIME was there, and cannot be read any more.");

    static bool IsThere()
    {
        try
        {
            // Where long has 32 bits, what the C library writes is shaped otherwise.
            return OperatingSystem.IsLinux() && Environment.Is64BitProcess && Read(BootTime, out _) == 0;
        }
        catch (Exception problem) when (problem is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Read(int clock, out Moment moment);

    [StructLayout(LayoutKind.Sequential)]
    struct Moment
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
