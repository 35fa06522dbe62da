using System.Diagnostics;

namespace Countersign.Bench.Endure;

/// <summary>Runs small programs of the system.</summary>
static class Shell
{
    /// <exception cref="BenchException">It failed; the message has what it said.</exception>
    public static async Task RunAsync(string[] command, CancellationToken ct)
    {
        var (code, said) = await TryAsync(command, ct);
        if (code != 0)
        {
            throw new BenchException($"{Path.GetFileName(command[0])} failed: {said}");
        }
    }

    public static async Task<(int Code, string Said)> TryAsync(string[] command, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, string.Concat(said));
    }
}
