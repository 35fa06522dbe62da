using System.Diagnostics;
using System.Globalization;

namespace Countersign.Bench.Stores;

/// <summary>
/// A program that never outlives its driver, and neither does its directory: a shell waits for the end of its own input, which comes when we close it or die, then ends the
/// program and removes the directory. In a session of its own, so that Ctrl+C ends the driver first, and the store that a server still uses after it.
/// </summary>
sealed class GuardedProcess : IDisposable
{
    const string Guard = """
        directory=$1 signal=$2
        shift 2
        "$@" </dev/null >>"$directory/log" 2>&1 &
        program=$!
        echo $program
        exec 2>/dev/null
        cat >/dev/null
        kill -s "$signal" $program 2>/dev/null
        wait $program
        rm -rf "$directory"
        """;

    readonly DirectoryInfo _directory;
    readonly Process _guard;

    /// <summary>Starts a command. The directory is removed at the end; the signal is what ends the program at once, since its data is of no use to anybody.</summary>
    public GuardedProcess(DirectoryInfo directory, string signal, params string[] command)
    {
        _directory = directory;
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = "/" };
        string[] arguments = ["sh", "-c", Guard, "guard", directory.FullName, signal, .. command];
        Array.ForEach(arguments, start.ArgumentList.Add);
        _guard = Process.Start(start)!;
        Id = int.Parse(_guard.StandardOutput.ReadLine() ?? throw new BenchException($"{command[0]} was not started."), CultureInfo.InvariantCulture);
    }

    /// <summary>The program's, not the guard's.</summary>
    public int Id { get; }

    public bool HasEnded => !Directory.Exists($"/proc/{Id}") || File.ReadAllText($"/proc/{Id}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>The last lines that the program wrote, for when it failed.</summary>
    public string LastLines => string.Join('\n', File.ReadLines(Path.Combine(_directory.FullName, "log")).TakeLast(20));

    public void Dispose()
    {
        _guard.StandardInput.Close();
        _guard.WaitForExit();
        _guard.Dispose();
    }
}
