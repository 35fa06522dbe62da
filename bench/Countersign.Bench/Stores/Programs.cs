using System.Diagnostics;

namespace Countersign.Bench.Stores;

/// <summary>The programs of others that stores need.</summary>
static class Programs
{
    /// <summary>Where a program is: the newest of the places that hold one.</summary>
    /// <exception cref="MissingProgramException">It is in none.</exception>
    public static string Find(string name, string package)
    {
        string[] places = ["/usr/lib/postgresql", .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];
        var found = places.Where(Directory.Exists)
            .SelectMany(place => place == places[0]
                ? Directory.GetDirectories(place).OrderByDescending(version => version, NaturalOrder).Select(version => Path.Combine(version, "bin", name))
                : [Path.Combine(place, name)])
            .FirstOrDefault(File.Exists);
        return found ?? throw new MissingProgramException($"{name} is not here. On Debian and Ubuntu: apt-get install {package}");
    }

    /// <summary>Runs one to its end, and gives what it wrote.</summary>
    public static async Task<string> RunAsync(string[] command, CancellationToken ct)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = "/" };
        Array.ForEach(command[1..], start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0 ? await output : throw new BenchException($"{Path.GetFileName(command[0])} failed: {await output}{await errors}");
    }

    // 9.6 before 15 before 100.
    static IComparer<string> NaturalOrder { get; } = Comparer<string>.Create(
        (a, b) => double.TryParse(Path.GetFileName(a), out var left) && double.TryParse(Path.GetFileName(b), out var right) ? left.CompareTo(right) : string.CompareOrdinal(a, b));
}
