using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Countersign.Server.Tests.Running;

/// <summary>The server's program in a process of its own, with a data directory that lives as long as the test, for what only a process shows: its output and its exit code.</summary>
public sealed partial class ServerCommand : IDisposable
{
    readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("countersign-command-");
    readonly List<Process> _processes = [];

    /// <summary>A directory that is not there until a start makes it.</summary>
    public string DataDirectory => Path.Combine(_home.FullName, "data");

    /// <summary>Runs it to its end.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args, params (string Name, string Value)[] environment) => RunAsync([], args, environment);

    /// <summary>Runs it to its end, without what lets root open the files of others; for root on Linux.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunPlainAsync(params string[] args) =>
        RunAsync(["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"], args, []);

    async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] before, string[] args, (string Name, string Value)[] environment)
    {
        using var process = Start(before, args, environment);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(RunningServer.Patience);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts the server and stops it again; its output until it was ready.</summary>
    public async Task<string> BannerAsync(params string[] args)
    {
        using var process = Start([], [.. args, "--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", DataDirectory], []);
        var text = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(RunningServer.Patience) is { } line)
        {
            text.AppendLine(line);
            if (line.StartsWith("  Data ", StringComparison.Ordinal))
            {
                break;
            }
        }

        // The server notes after the banner that it was shown; to kill it before would be another test.
        var waiting = Stopwatch.StartNew();
        while (File.Exists(Path.Combine(DataDirectory, "token-not-shown")) && waiting.Elapsed < RunningServer.Patience)
        {
            await Task.Yield();
        }

        process.Kill();
        await process.WaitForExitAsync().WaitAsync(RunningServer.Patience);
        return text.ToString();
    }

    /// <summary>The Auth Token in a text, where one is shown.</summary>
    public static string? TokenIn(string text) => Token().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Dispose();
        }

        _home.Delete(recursive: true);
    }

    Process Start(string[] before, string[] args, (string Name, string Value)[] environment)
    {
        string[] all = [.. before, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "Countersign.Server.dll"), .. args];
        var start = new ProcessStartInfo(all[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _home.FullName,
        };
        foreach (var argument in all.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    [GeneratedRegex(@"Auth Token +([0-9a-f]{32})\b")]
    private static partial Regex Token();
}
