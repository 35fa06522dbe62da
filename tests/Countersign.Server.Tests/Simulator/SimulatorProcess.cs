using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Simulator;

/// <summary><c>countersign simulator</c> in a process of its own, once its banner is out.</summary>
sealed partial class SimulatorProcess : IAsyncDisposable
{
    readonly Process _process;

    SimulatorProcess(Process process, string banner) => (_process, Banner) = (process, banner);

    /// <summary>What it printed.</summary>
    public string Banner { get; }

    /// <summary>Starts it on a free port.</summary>
    public static async Task<SimulatorProcess> StartAsync()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Countersign.Server.dll"), "simulator", "--urls", "http://127.0.0.1:0"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        var banner = new StringBuilder();
        while (!banner.ToString().Contains("-X PUT", StringComparison.Ordinal) && await process.StandardOutput.ReadLineAsync().WaitAsync(RunningServer.Patience) is { } line)
        {
            banner.AppendLine(line);
        }

        return new SimulatorProcess(process, banner.ToString());
    }

    /// <summary>The JSON that the banner's command sends.</summary>
    public string CarrierJson => Json().Match(Banner).Groups[1].Value;

    /// <summary>Calls with the credentials that the banner's other command has.</summary>
    public ApiClient Api => Messages().Match(Banner).Groups is var found ? new ApiClient(new Uri(found[3].Value), found[1].Value, found[2].Value) : throw new UnreachableException();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(RunningServer.Patience);
        _process.Dispose();
    }

    [GeneratedRegex(@"-d '([^']+)'")]
    private static partial Regex Json();

    [GeneratedRegex(@"curl -u (AC[0-9a-f]{32}):(\S+) (http://127\.0\.0\.1:\d+)/messages")]
    private static partial Regex Messages();
}
