using System.Runtime.InteropServices;

namespace Countersign.Core.Privacy;

/// <summary>Puts a finished file in its place, in one step of the file system.</summary>
static partial class NewFile
{
    // statx(2): relative to where the process is, and where its answer has the owner.
    const int Here = -100, AnswerLength = 256, UserOffset = 20, GroupOffset = 24;

    /// <summary>
    /// Gives the file at <paramref name="written"/> the name <paramref name="path"/>, which nobody has yet: of several that try at once, also on several machines that share the directory, one succeeds.
    /// It may keep its old name beside that.
    /// </summary>
    /// <exception cref="IOException">There is a file at <paramref name="path"/>, or it cannot be put there.</exception>
    public static void Put(string written, string path)
    {
        // File.Move looks first whether there is one, and renames then, over what another has put there meanwhile. link(2) does both in one step. Not every file system has it.
        if (OperatingSystem.IsWindows() || Link(written, path) != 0)
        {
            File.Move(written, path);
        }
    }

    /// <summary>Puts the file at <paramref name="written"/> in the place of the one at <paramref name="path"/>, whose owner it gets: root may write what a server is to read.</summary>
    /// <exception cref="IOException">It cannot be put there. The old one is as it was.</exception>
    public static void Replace(string written, string path)
    {
        if (OperatingSystem.IsLinux() && OwnerOf(path) is var owner && owner != OwnerOf(written) && Own(written, owner.User, owner.Group) != 0)
        {
            throw new IOException($"the new one cannot be given to its owner ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())})");
        }

        File.Move(written, path, overwrite: true);
    }

    static (uint User, uint Group) OwnerOf(string path)
    {
        Span<byte> answer = stackalloc byte[AnswerLength];
        return Stat(Here, path, flags: 0, mask: 0, ref MemoryMarshal.GetReference(answer)) == 0
            ? (MemoryMarshal.Read<uint>(answer[UserOffset..]), MemoryMarshal.Read<uint>(answer[GroupOffset..]))
            : throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string written, string path);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Stat(int directory, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Own(string path, uint user, uint group);
}
