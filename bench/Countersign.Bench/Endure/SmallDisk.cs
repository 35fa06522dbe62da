namespace Countersign.Bench.Endure;

/// <summary>A file system of some megabytes, which can be filled and emptied. Only root can have one.</summary>
sealed class SmallDisk : IAsyncDisposable
{
    const int Block = 64 * 1024;

    SmallDisk(string path) => Path = path;

    public string Path { get; }

    string Ballast => System.IO.Path.Combine(Path, "ballast");

    public static async Task<SmallDisk> MountAsync(int megabytes, CancellationToken ct)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            throw new SkippedException("only root can mount a small disk.");
        }

        var path = Directory.CreateTempSubdirectory("countersign-endure-disk-").FullName;
        var (code, said) = await Shell.TryAsync(["mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0755", "tmpfs", path], ct);
        if (code != 0)
        {
            Directory.Delete(path);
            throw new SkippedException($"this machine does not let us mount a disk: {said.Trim()}");
        }

        return new SmallDisk(path);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        var block = new byte[Block];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void MakeRoom() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await Shell.TryAsync(["umount", "-l", Path], CancellationToken.None);
        Directory.Delete(Path);
    }
}
