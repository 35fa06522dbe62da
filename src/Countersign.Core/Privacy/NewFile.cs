using System.Runtime.InteropServices;

namespace Countersign.Core.Privacy;

/// <summary>Puts a finished file in its place, unless there is one: of several that try at once, also on several machines that share the directory, one succeeds.</summary>
static partial class NewFile
{
    /// <summary>Gives the file at <paramref name="written"/> the name <paramref name="path"/>. It may keep its old name beside that.</summary>
    /// <exception cref="IOException">There is a file at <paramref name="path"/>, or it cannot be put there.</exception>
    public static void Put(string written, string path)
    {
        // File.Move looks first whether there is one, and renames then, over what another has put there meanwhile. link(2) does both in one step. Not every file system has it.
        if (OperatingSystem.IsWindows() || Link(written, path) != 0)
        {
            File.Move(written, path);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string written, string path);
}
