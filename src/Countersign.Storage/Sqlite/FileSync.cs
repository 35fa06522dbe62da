using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// Makes what was written to a file durable: its bytes and its length, as SQLite does by itself. Not the time at which it was written, which would be a write of its own for each commit, and a
/// commit of the journal where the file system has one. The runtime's own call passes over errors that it takes for a file system which cannot sync; a read-only one, as ext4 becomes when its journal breaks, is among them.
/// </summary>
static partial class FileSync
{
    const int Interrupted = 4; // EINTR

    /// <exception cref="IOException">It may not be durable.</exception>
    public static void Run(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            // With the barrier that macOS needs.
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (Sync(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
            {
                throw new IOException($"The disk did not keep what was written ({Marshal.GetPInvokeErrorMessage(error)}).");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(SafeFileHandle file);
}
