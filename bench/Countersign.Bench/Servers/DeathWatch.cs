using System.Diagnostics;
using System.Globalization;

namespace Countersign.Bench.Servers;

/// <summary>
/// Ends a process and removes its directory when we die without having done so: killed, we cannot. A shell in a session of its own waits for a line from us; the end of its input
/// without one says that we are no more.
/// </summary>
sealed class DeathWatch : IDisposable
{
    const string Watch = """
        read -r _ && exit
        kill -9 "$1" 2>/dev/null
        rm -rf "$2"
        """;

    readonly Process _watch;

    public DeathWatch(int processId, DirectoryInfo directory)
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = "/" };
        string[] arguments = ["sh", "-c", Watch, "watch", processId.ToString(CultureInfo.InvariantCulture), directory.FullName];
        Array.ForEach(arguments, start.ArgumentList.Add);
        _watch = Process.Start(start)!;
    }

    public void Dispose()
    {
        _watch.StandardInput.WriteLine();
        _watch.StandardInput.Close();
        _watch.WaitForExit();
        _watch.Dispose();
    }
}
